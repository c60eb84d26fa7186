/// Why a text is not JSON, or not JSON within the limits, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case unexpectedEnd, unexpectedCharacter, invalidNumber, invalidEscape, invalidUTF8, controlCharacter, duplicateKey, trailingContent
        case tooDeep, tooLarge, tooManyMembers
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
            }
        return "\(what) at byte \(offset)."
    }
}

/// What a text may contain before it is refused; every limit guards memory or stack.
public struct JSONLimits: Sendable {
    /// Arrays and objects inside one another. The reader is recursive, so this also bounds its stack.
    public var depth: Int
    /// Bytes of the whole text.
    public var size: Int
    /// Values in the whole text, members and elements together.
    public var values: Int

    public init(depth: Int = 128, size: Int = 16 << 20, values: Int = 1_000_000) {
        self.depth = depth
        self.size = size
        self.values = values
    }

    public static let `default` = JSONLimits()
}
