import NIOCore
import Testing

@testable import TypedAPI

@Suite struct RequestLineTests {
    @Test(arguments: [
        ("BREW /pot HTTP/1.1\r\nhost: x\r\n", true), ("brew /pot HTTP/1.1\n", true), ("get / HTTP/1.1\r\n", true),
        ("GETS / HTTP/1.1\r\n", true), ("M!x / HTTP/1.1\r\n", true),
        ("DESCRIBE / HTTP/1.1\r\n", true), ("\r\nBREW / HTTP/1.1\r\n", true),
        // As far as they have come.
        ("BREW / HTTP/1.1\r", true), ("BREW / HTTP/1.1", true), ("BREW / HTT", true), ("BREW /po", true), ("BREW ", true), ("BR", true),
        // The trouble is elsewhere, or cannot be told yet.
        ("GET / HTTP/1.1\r\n", false), ("M-SEARCH / HTTP/1.1\r\n", false), ("BREW / ICY", false), ("BREW / HTTP/1.1 ", false),
        ("BR\u{1}W / HTTP/1.1\r\n", false), ("BREW /\r\n", false), ("BREW  HTTP/1.1\r\n", false), (" / HTTP/1.1\r\n", false),
        ("BREW / / HTTP/1.1\r\n", false), ("BREW / ICY/1.0\r\n", false), ("", false), (" ", false), ("\u{16}\u{3}\u{1}", false),
    ])
    func unknownMethods(bytes: String, isUnknown: Bool) {
        #expect(RequestLine.namesUnknownMethod(ByteBuffer(string: bytes).readableBytesView) == isUnknown)
    }

    @Test(arguments: [
        ("GET / HTTP/1.0\r\n", false), ("\r\nGET / HTTP/1.0\nx: y\r\n", false), ("GET / HT", false), ("ost: x\r\n\r\n", false),
        ("GET / RTSP/1.0\r\n", true), ("SOURCE / ICE/1.0\r\n", true),
    ])
    func otherProtocols(bytes: String, isForeign: Bool) { #expect(RequestLine.isForeign(ByteBuffer(string: bytes)) == isForeign) }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", nil), ("GET / HTTP/1.1\n\n", nil), ("GET / HTTP/1.1\r\n\r\n\r\n", nil), ("", nil), ("GET /", nil),
        ("GET / HTTP/1.1\r\nx: y\r\n\r\nG", "G"), ("\r\n\r\nGET / HTTP/1.1\r\nho", "GET / HTTP/1.1\r\n"),
        ("GET / HTTP/1.1\n\nGET / HTTP/1.1\r\nhost: x\r\n", "GET / HTTP/1.1\r\n"), ("A\n\r\nB\r\n\nC", "C"),
    ])
    func whatFollowsAHead(bytes: String, rest: String?) {
        #expect(RequestLine.rest(of: ByteBuffer(string: bytes)).map { String(buffer: $0) } == rest)
    }
}
