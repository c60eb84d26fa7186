import Primitives

/// Text that may stand in a header: it has no control characters, so it cannot begin a header of its own.
public struct HeaderText: Hashable, Sendable {
    public let text: String

    /// - Throws: ``MailError`` `.invalid` for a control character (a line break, above all) or more than 2,000 bytes.
    public init(_ text: String) throws(MailError) {
        guard text.utf8.count <= 2000 else { throw MailError(.invalid, "A header's text is longer than 2,000 bytes.") }
        guard text.unicodeScalars.allSatisfy({ !Self.isControl($0) }) else {
            throw MailError(.invalid, "A header's text has a control character, such as a line break.")
        }
        self.text = text
    }

    /// The same text without what may not be in a header: for names that people typed, where an error would not help.
    public init(stripping text: String) {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(400) { scalars.append(Self.isControl(scalar) ? " " : scalar) }
        self.text = String(scalars)
    }

    /// Free text: as it is when it is short ASCII, else RFC 2047's encoded words, one a line.
    var encoded: String {
        // `=?` in plain text would be read as an encoded word.
        text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) && text.utf8.count <= 60 && !text.contains("=?") ? text : encodedWords
    }

    /// The name before an address.
    var encodedPhrase: String {
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), text.utf8.count <= 60, !text.contains("=?") else { return encodedWords }
        return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// No encoded word is longer than 75 characters, and none splits a character.
    private var encodedWords: String {
        var words: [String] = []
        var chunk: [UInt8] = []
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if chunk.count + bytes.count > 45 {
                words.append(Base64.encode(chunk))
                chunk = []
            }
            chunk += bytes
        }
        words.append(Base64.encode(chunk))
        return words.map { "=?UTF-8?B?\($0)?=" }.joined(separator: "\r\n ")
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
