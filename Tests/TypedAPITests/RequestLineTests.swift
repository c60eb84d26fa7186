import NIOCore
import Testing

@testable import TypedAPI

@Suite struct RequestLineTests {
    @Test(arguments: [
        ("BREW /pot HTTP/1.1\r\nhost: x\r\n", true), ("brew /pot HTTP/1.1\n", true), ("get / HTTP/1.1\r\n", true),
        ("GETS / HTTP/1.1\r\n", true), ("M!x / HTTP/1.1\r\n", true),
        // The trouble is elsewhere, or cannot be told yet.
        ("GET / HTTP/1.1\r\n", false), ("M-SEARCH / HTTP/1.1\r\n", false), ("BREW / HTTP/1.1", false),
        ("BR\u{1}W / HTTP/1.1\r\n", false), ("BREW /\r\n", false), ("BREW  HTTP/1.1\r\n", false), (" / HTTP/1.1\r\n", false),
        ("BREW / / HTTP/1.1\r\n", false), ("BREW / ICY/1.0\r\n", false), ("\r\nBREW / HTTP/1.1\r\n", false), ("", false),
    ])
    func unknownMethods(bytes: String, isUnknown: Bool) {
        #expect(RequestLine.namesUnknownMethod(ByteBuffer(string: bytes).readableBytesView) == isUnknown)
    }
}
