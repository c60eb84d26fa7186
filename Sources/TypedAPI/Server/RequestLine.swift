import HTTPTypes
import NIOCore

/// The first line of a request that the parser gave up on, for what the parser does not tell.
enum RequestLine {
    /// Whether `bytes`, where a request begins, hold a sound first line with a method that nobody here has heard of.
    static func namesUnknownMethod(_ bytes: ByteBufferView) -> Bool {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return false }
        var line = bytes[..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(isTokenByte), !parts[1].isEmpty,
            parts[2].elementsEqual("HTTP/1.1".utf8)
        else { return false }
        // With a method that is known, the trouble is elsewhere.
        return !HTTPRequest.Method.known.contains { parts[0].elementsEqual($0.rawValue.utf8) }
    }

    /// RFC 9110, section 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
