import HTTPTypes
import NIOCore

/// The first line of a request, for what the parser does not tell.
enum RequestLine {
    /// More than any method and version, with an address that is long enough to tell what comes of it.
    private static let limit = 16 << 10

    /// A copy of a request's first line, as far as it has come.
    static func begun(_ bytes: ByteBuffer) -> ByteBuffer {
        let bytes = bytes.readableBytesView.prefix(limit).drop(while: isLineEnd)
        return ByteBuffer(bytes: bytes.firstIndex(of: UInt8(ascii: "\n")).map { bytes[...$0] } ?? bytes)
    }

    /// Whether `bytes` hold empty lines and nothing else.
    static func isBlank(_ bytes: ByteBuffer) -> Bool { bytes.readableBytesView.allSatisfy(isLineEnd) }

    /// What follows the last whole head in `bytes`, where the request that it belongs to has no body; nil when that is nothing.
    static func rest(of bytes: ByteBuffer) -> ByteBuffer? {
        let bytes = bytes.readableBytesView
        let newline = UInt8(ascii: "\n")
        var end = bytes.endIndex
        while let last = bytes[..<end].lastIndex(of: newline) {
            var line = bytes[..<last]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if line.last == newline {
                let rest = bytes[last...].drop(while: isLineEnd)
                return rest.isEmpty ? nil : begun(ByteBuffer(rest))
            }
            end = last
        }
        return nil
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") }

    /// Whether `bytes`, where a request begins, hold a sound first line with a method that nobody here has heard of, or the first part of one:
    /// the parser gives up as soon as it cannot be a method that it knows.
    static func namesUnknownMethod(_ bytes: ByteBufferView) -> Bool {
        let (line, isWhole) = first(of: bytes)
        let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard let method = parts.first, !method.isEmpty, method.allSatisfy(FieldText.isTokenByte) else { return false }
        let version = "HTTP/1.1".utf8
        if isWhole {
            guard parts.count == 3, !parts[1].isEmpty, parts[2].elementsEqual(version) else { return false }
        } else {
            guard parts.count < 3 || parts.count == 3 && !parts[1].isEmpty && version.starts(with: parts[2]) else { return false }
        }
        // With a method that is known, the trouble is elsewhere.
        return !HTTPRequest.Method.known.contains { method.elementsEqual($0.rawValue.utf8) }
    }

    /// Whether the first line in `bytes` is of another protocol whose version is 1.0 too, so that the parser takes it for HTTP.
    static func isForeign(_ bytes: ByteBuffer) -> Bool {
        let line = first(of: bytes.readableBytesView).line
        return line.suffix(8).elementsEqual("RTSP/1.0".utf8) || line.suffix(7).elementsEqual("ICE/1.0".utf8)
    }

    /// The first line without its end, as far as it is there. Empty ones before it are nothing.
    private static func first(of bytes: ByteBufferView) -> (line: ByteBufferView, isWhole: Bool) {
        let bytes = bytes.drop(while: isLineEnd)
        let end = bytes.firstIndex(of: UInt8(ascii: "\n"))
        var line = end.map { bytes[..<$0] } ?? bytes
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return (line, end != nil)
    }
}
