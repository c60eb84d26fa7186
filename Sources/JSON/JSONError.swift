/// Why a text is not JSON, or not JSON within the limits, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case unexpectedEnd, unexpectedCharacter, invalidNumber, invalidEscape, invalidUTF8, controlCharacter, duplicateKey, trailingContent
        case tooDeep, tooLarge, tooManyMembers, stringTooLong
    }

    public let code: Code
    /// Bytes from the start of the text.
    public let offset: Int

    public init(code: Code, offset: Int) {
        self.code = code
        self.offset = offset
    }

    /// One sentence for the author of the text; it never repeats the text itself.
    public var description: String {
        let what =
            switch code {
            case .unexpectedEnd: "The text ends inside a value"
            case .unexpectedCharacter: "Unexpected character"
            case .invalidNumber: "Malformed number"
            case .invalidEscape: "Malformed escape sequence"
            case .invalidUTF8: "Not valid UTF-8"
            case .controlCharacter: "Unescaped control character in a string"
            case .duplicateKey: "The same member name twice in one object"
            case .trailingContent: "Content after the value"
            case .tooDeep: "Nested too deeply"
            case .tooLarge: "The text is too large"
            case .tooManyMembers: "Too many values"
            case .stringTooLong: "A string is too long"
            }
        return "\(what) at byte \(offset)."
    }
}
