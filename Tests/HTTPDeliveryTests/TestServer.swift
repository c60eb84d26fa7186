import Foundation
import Synchronization

/// A small HTTP/1.1 server on loopback that behaves, or misbehaves, as the request's path says. It stops when nobody holds it.
final class TestServer: Sendable {
    private let core: Core

    init() throws { core = try Core() }

    deinit { core.stop() }

    var port: UInt16 { core.port }
    /// The path of each request, as soon as its header is there.
    var arrivals: AsyncStream<String> { core.arrivals }
    var seen: Core.Seen { core.seen }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    func stop() { core.stop() }

    /// Lets requests to `/gate` through, now or when they come.
    func openGate(times: Int) { core.openGate(times: times) }
}

/// What the server's threads share: one that accepts, one for each connection.
final class Core: Sendable {
    struct Seen: Sendable {
        var connections = 0
        var open = 0
        var mostOpen = 0
        var paths: [String] = []
        var isStopped = false
    }

    let port: UInt16
    private let listener: Int32
    private let state = Mutex(Seen())
    let arrivals: AsyncStream<String>
    private let announce: AsyncStream<String>.Continuation
    private let gate = DispatchSemaphore(value: 0)

    init() throws {
        (arrivals, announce) = AsyncStream.makeStream()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (listener, size) = (self.listener, length)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, size) == 0 && listen(listener, 512) == 0 && getsockname(listener, pointer, &length) == 0
            }
        }
        guard bound else { throw POSIXError(.EADDRNOTAVAIL) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in acceptAll() }
    }

    var seen: Seen { state.withLock { $0 } }

    func stop() {
        // Once: afterwards the accepting thread closes the descriptor, and its number may be somebody else's.
        let isFirst = state.withLock { state in
            defer { state.isStopped = true }
            return !state.isStopped
        }
        if isFirst { shutdown(listener, Int32(SHUT_RDWR)) }
    }

    func openGate(times: Int) { for _ in 0..<times { gate.signal() } }

    private func acceptAll() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            state.withLock { state in
                state.connections += 1
                state.open += 1
                state.mostOpen = max(state.mostOpen, state.open)
            }
            Thread.detachNewThread { [self] in
                var peer = Peer(socket: connection)
                while let request = peer.readRequest() {
                    state.withLock { $0.paths.append(request.path) }
                    announce.yield(request.path)
                    guard respond(to: request, over: &peer) else { break }
                }
                // A child process of another test may hold a copy, which `close` alone would leave open.
                shutdown(connection, Int32(SHUT_RDWR))
                close(connection)
                state.withLock { $0.open -= 1 }
            }
        }
        close(listener)
    }

    /// Whether the connection goes on.
    private func respond(to request: Request, over peer: inout Peer) -> Bool {
        let parts = request.path.split(separator: "/").map(String.init)
        let number = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        switch parts.first ?? "" {
        case "status": return peer.answer(number, "status \(number)")
        case "body": return peer.answer(200, String(repeating: "b", count: number))
        case "echo": return peer.answer(200, request.head + request.body)
        case "late":
            usleep(UInt32(number) * 1000)
            return peer.answer(200, "late")
        case "redirect": return peer.write("HTTP/1.1 302 Found\r\nLocation: /echo\r\nContent-Length: 0\r\n\r\n")
        case "cookie": return peer.write("HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
        case "gate":
            gate.wait()
            return peer.answer(200, "through")
        case "hang": return peer.readRequest() != nil
        case "vanish": return false
        case "short":
            _ = peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
            return false
        case "garbage":
            _ = peer.write("SSH-2.0-OpenSSH_9.2\r\n\r\n")
            return false
        case "interim":
            return peer.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") && peer.answer(200, "final")
        case "trailer":
            return peer.write(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n3\r\nabc\r\n0\r\nX-Late: yes\r\n\r\n")
        case "headers":
            guard peer.write("HTTP/1.1 200 OK\r\n") else { return false }
            while peer.write("X-More: \(String(repeating: "h", count: 1000))\r\n") {}
            return false
        case "endless":
            guard peer.write("HTTP/1.1 200 OK\r\n\r\n") else { return false }
            let block = String(repeating: "e", count: 16384)
            while peer.write(block) {}
            return false
        case "drip":
            guard peer.write("HTTP/1.1 200 OK\r\n\r\n\(String(repeating: "d", count: number))") else { return false }
            while peer.write("d") { usleep(20_000) }
            return false
        default: return peer.answer(404, "")
        }
    }
}

struct Request {
    var head: String
    var path: String
    var body: String
}

/// The server's end of one connection.
struct Peer {
    let socket: Int32
    private var pending: [UInt8] = []

    init(socket: Int32) { self.socket = socket }

    /// `nil` at the end of the connection.
    mutating func readRequest() -> Request? {
        while true {
            if let end = Data(pending).range(of: Data("\r\n\r\n".utf8)) {
                let head = String(decoding: pending[..<end.upperBound], as: UTF8.self)
                let length =
                    head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
                if pending.count >= end.upperBound + length {
                    let body = String(decoding: pending[end.upperBound..<end.upperBound + length], as: UTF8.self)
                    pending.removeFirst(end.upperBound + length)
                    return Request(head: head, path: String(head.split(separator: " ")[1]), body: body)
                }
            }
            var chunk = [UInt8](repeating: 0, count: 65536)
            let count = recv(socket, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            pending += chunk[..<count]
        }
    }

    /// Whether all of it was written.
    func write(_ text: String) -> Bool {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            bytes = bytes.dropFirst(count)
        }
        return true
    }

    func answer(_ status: Int, _ body: String) -> Bool {
        write("HTTP/1.1 \(status) Test\r\nContent-Length: \(body.utf8.count)\r\nX-Test: one\r\nX-Test: two\r\n\r\n\(body)")
    }
}
