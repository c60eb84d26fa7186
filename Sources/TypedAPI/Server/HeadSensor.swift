import NIOCore
import NIOHTTP1

/// Sees of a request's head what is no longer there once it is an `HTTPRequest`.
final class HeadSensor: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    struct Seen {
        var isHTTP11 = true
        var isSound = true
        var isChunked = false
        var keepsAlive = true
    }

    /// Of the head that is on its way through the pipeline now.
    private(set) var head = Seen()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) {
            self.head = Seen(
                isHTTP11: head.version == .http1_1, isSound: Self.isSound(head),
                isChunked: head.headers.contains(name: "transfer-encoding"),
                keepsAlive: head.isKeepAlive && !Self.isEndOfHTTP(head))
        }
        context.fireChannelRead(data)
    }

    /// Whether the parser takes what comes behind the request for another protocol. We speak no other: we answer, and the connection ends.
    private static func isEndOfHTTP(_ head: HTTPRequestHead) -> Bool { head.method == .CONNECT || head.headers.contains(name: "upgrade") }

    /// Who is asked, and how the body is framed, must not depend on who reads it: RFC 9112, sections 3.2 and 6.1.
    static func isSound(_ head: HTTPRequestHead) -> Bool {
        let codings = head.headers["transfer-encoding"]
        guard codings.isEmpty || codings.count == 1 && codings[0].lowercased() == "chunked" && head.version == .http1_1 else {
            return false
        }
        let hosts = head.headers["host"]
        return hosts.count == 1 ? isHost(hosts[0]) : hosts.isEmpty && head.version == .http1_0
    }

    /// A host and perhaps a port, as in RFC 3986, section 3.2; the host may be empty.
    static func isHost(_ text: String) -> Bool {
        var rest = Substring(text).utf8
        if rest.first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let address = rest[..<end].dropFirst()
            guard !address.isEmpty, address.allSatisfy({ isHexDigit($0) || isLetter($0) || ":._~-".utf8.contains($0) }) else {
                return false
            }
            rest = rest[end...].dropFirst()
            guard rest.isEmpty || rest.first == UInt8(ascii: ":") else { return false }
        } else {
            let end = rest.firstIndex(of: UInt8(ascii: ":")) ?? rest.endIndex
            guard isName(rest[..<end]) else { return false }
            rest = rest[end...]
        }
        let port = rest.dropFirst()
        return port.allSatisfy(isDigit) && (port.isEmpty || port.count <= 5 && Int(Substring(port)).map { $0 <= 65535 } ?? false)
    }

    /// Letters, digits, marks, and bytes written as `%` and two digits.
    private static func isName(_ name: Substring.UTF8View) -> Bool {
        var index = name.startIndex
        while index < name.endIndex {
            let byte = name[index]
            if byte == UInt8(ascii: "%") {
                let digits = name[index...].dropFirst().prefix(2)
                guard digits.count == 2, digits.allSatisfy(isHexDigit) else { return false }
                index = digits.endIndex
            } else {
                guard isLetter(byte) || isDigit(byte) || "-._~!$&'()*+,;=".utf8.contains(byte) else { return false }
                index = name.index(after: index)
            }
        }
        return true
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 0x20) }
    private static func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (97...102).contains(byte | 0x20) }
}
