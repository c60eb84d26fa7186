import Foundation
import Synchronization

/// As much of an HTTP/2 server (RFC 9113) as tests need, behind OpenSSL. It takes one connection at a time.
final class HTTP2Server: Sendable {
    /// What it does until it is healed. A stream gets its answer when the request on it is complete.
    enum Behavior: Sendable {
        case answers
        /// Not even its settings come.
        case saysNothing
        case settingsOnly
        /// Beyond what goes out before its settings come: its window has no bytes and stays so.
        case takesNoBody
        case goesAway
        case resetsStreams
        /// Says that nothing was done and the request may be sent again.
        case refusesStreams
        /// One block of headers that never ends, in frames of 16 KiB.
        case endlessHeaders
        case endlessData
        case endlessPings

        /// Whether a connection that was treated like this is good for another request once the server is healed.
        var isCurable: Bool {
            switch self {
            case .answers, .saysNothing, .settingsOnly, .goesAway, .resetsStreams, .refusesStreams: true
            case .takesNoBody, .endlessHeaders, .endlessData, .endlessPings: false
            }
        }
    }

    struct Seen: Sendable {
        var connections = 0
        var streams: [UInt32] = []
        var bodyBytes = 0
    }

    private let openssl: OpenSSLServer
    private let state: Core

    init(_ behavior: Behavior) throws {
        openssl = try OpenSSLServer("-alpn", "h2")
        state = Core(behavior, input: openssl.input, output: openssl.output)
        Thread.detachNewThread { [state] in state.run() }
    }

    var certificate: String { openssl.certificate }
    var url: String { "https://localhost:\(openssl.port)/" }
    var seen: Seen { state.seen.withLock { $0 } }

    /// Answers from here on, unless it is beyond cure.
    func heal() { state.isHealed.store(true, ordering: .releasing) }

    func relapse() { state.isHealed.store(false, ordering: .releasing) }

    /// What the thread that serves holds; it ends with the program behind `output`.
    private final class Core: Sendable {
        let seen = Mutex(Seen())
        let isHealed = Atomic(false)
        private let configured: Behavior
        private let input: Int32
        private let output: FileHandle

        init(_ behavior: Behavior, input: Int32, output: FileHandle) {
            configured = behavior
            self.input = input
            self.output = output
        }

        private var behavior: Behavior { isHealed.load(ordering: .acquiring) ? .answers : configured }

        func run() {
            var received: [UInt8] = []
            var isTalking = false
            var chunk = [UInt8](repeating: 0, count: 65536)
            // Not the handle's own reading, which waits until all that it may take is there.
            while case let count = read(output.fileDescriptor, &chunk, chunk.count), count > 0 {
                received += chunk[..<count]
                while true {
                    // Around each connection stands OpenSSL's report of it.
                    if let preface = Data(received).range(of: Data("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)) {
                        received.removeFirst(preface.upperBound)
                        isTalking = true
                        begin()
                    } else if isTalking, let frame = Frame(takenFrom: &received) {
                        handle(frame)
                    } else {
                        break
                    }
                }
            }
        }

        private func begin() {
            seen.withLock { $0.connections += 1 }
            switch behavior {
            case .saysNothing: break
            case .takesNoBody: send(Frame(.settings, payload: [0, 4, 0, 0, 0, 0]))
            default: send(Frame(.settings))
            }
        }

        private func handle(_ frame: Frame) {
            if frame.type == Frame.Kind.data.rawValue { seen.withLock { $0.bodyBytes += frame.payload.count } }
            if frame.type == Frame.Kind.settings.rawValue, frame.flags & 1 == 0, case let behavior = behavior, behavior != .saysNothing {
                send(Frame(.settings, flags: 1))
            }
            let isRequest = frame.type == Frame.Kind.headers.rawValue || frame.type == Frame.Kind.data.rawValue
            guard isRequest, frame.flags & 1 != 0 else { return }
            seen.withLock { $0.streams.append(frame.stream) }
            respond(on: frame.stream)
        }

        private func respond(on stream: UInt32) {
            let status = Frame(.headers, flags: 4, stream: stream, payload: [0x88])  // ":status: 200" of HPACK's static table
            switch behavior {
            case .answers:
                send(status)
                send(Frame(.data, flags: 1, stream: stream, payload: Array("well".utf8)))
            case .saysNothing, .settingsOnly, .takesNoBody: break
            case .goesAway: send(Frame(.goAway, payload: [UInt8](repeating: 0, count: 8)))
            case .resetsStreams: send(Frame(.reset, stream: stream, payload: [0, 0, 0, 2]))
            case .refusesStreams: send(Frame(.reset, stream: stream, payload: [0, 0, 0, 7]))
            case .endlessHeaders:
                send(Frame(.headers, stream: stream, payload: [0x88]))
                // A literal field that is not indexed: a name of one byte, an empty value.
                let field: [UInt8] = [0, 1, 0x78, 0]
                sendForever(Frame(.continuation, stream: stream, payload: Array(repeatElement(field, count: 4000).joined())))
            case .endlessData:
                send(status)
                sendForever(Frame(.data, stream: stream, payload: [UInt8](repeating: 0x62, count: 16384)))
            case .endlessPings: sendForever(Frame(.ping, payload: [UInt8](repeating: 0, count: 8)))
            }
        }

        private func sendForever(_ frame: Frame) { while send(frame) {} }

        @discardableResult
        private func send(_ frame: Frame) -> Bool {
            var rest = frame.bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Foundation.send(input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }
}

private struct Frame {
    enum Kind: UInt8 {
        case data = 0
        case headers = 1
        case reset = 3
        case settings = 4
        case ping = 6
        case goAway = 7
        case continuation = 9
    }

    var type: UInt8
    var flags: UInt8
    var stream: UInt32
    var payload: [UInt8]

    init(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, payload: [UInt8] = []) {
        type = kind.rawValue
        self.flags = flags
        self.stream = stream
        self.payload = payload
    }

    /// `nil`, and nothing taken, when no complete frame is there.
    init?(takenFrom bytes: inout [UInt8]) {
        guard bytes.count >= 9 else { return nil }
        let length = Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2])
        guard bytes.count >= 9 + length else { return nil }
        type = bytes[3]
        flags = bytes[4]
        stream = bytes[5..<9].reduce(0) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
        payload = Array(bytes[9..<9 + length])
        bytes.removeFirst(9 + length)
    }

    var bytes: [UInt8] {
        let (length, stream) = (payload.count, self.stream)
        return [UInt8(length >> 16), UInt8(length >> 8 & 0xff), UInt8(length & 0xff), type, flags]
            + [24, 16, 8, 0].map { UInt8(stream >> $0 & 0xff) } + payload
    }
}
