public import JSON

/// One thing wrong with a value: where, a code, and a sentence that never repeats what was sent.
public struct Issue: Hashable, Sendable {
    /// What programs branch on.
    public struct Code: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }
        public init(stringLiteral value: String) { self.rawValue = value }

        /// A member that must be there is not.
        public static let required: Code = "required"
        /// Another kind of JSON value, or null where it may not be.
        public static let type: Code = "type"
        /// Too few or too many characters.
        public static let length: Code = "length"
        /// Not in the form that the format or pattern asks for.
        public static let format: Code = "format"
        /// A number, time or duration that is too small or too large.
        public static let range: Code = "range"
        /// Not a multiple of the number it has to be one of.
        public static let multiple: Code = "multiple"
        /// Too few or too many elements or members.
        public static let count: Code = "count"
        /// An element that was there before.
        public static let unique: Code = "unique"
        /// None of the values allowed.
        public static let choice: Code = "choice"
        /// None of the types that a union is made of.
        public static let union: Code = "union"
        /// A member nobody declared.
        public static let unknown: Code = "unknown"
        /// The same member twice.
        public static let duplicate: Code = "duplicate"
    }

    /// RFC 6901 pointer from the whole value: `/tags/1`. Of a parameter its name behind the slash.
    public internal(set) var pointer: String
    public let code: Code
    public let message: String
    /// What the message says in words: `minimum`, `maximum`, `format`, `allowed`, …
    public let parameters: JSONObject

    public init(pointer: String = "", code: Code, message: String, parameters: JSONObject = [:]) {
        self.pointer = pointer
        self.code = code
        self.message = message
        self.parameters = parameters
    }

    /// `name` as a step of a pointer. Names nobody declared can be of any length, and are cut.
    @usableFromInline static func step(_ name: String) -> String {
        let short = name.utf8.count > 64 ? String(name.unicodeScalars.prefix(64)) : name
        guard short.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return "/" + short }
        return "/" + short.replacing("~", with: "~0").replacing("/", with: "~1")
    }
}

/// Where ``SchemaValue/validate(_:)-(IssueCollector<Self>)`` says what is wrong.
public struct IssueCollector<Root> {
    @usableFromInline private(set) var findings: [(path: PartialKeyPath<Root>?, issue: Issue)] = []

    @inlinable init() {}

    /// - Parameter path: The field that the caller should change: `\.callback`.
    public mutating func add(
        _ path: PartialKeyPath<Root>, code: Issue.Code, _ message: String, parameters: JSONObject = [:]
    ) {
        findings.append((path, Issue(code: code, message: message, parameters: parameters)))
    }

    /// For the value as a whole.
    public mutating func add(code: Issue.Code, _ message: String, parameters: JSONObject = [:]) {
        findings.append((nil, Issue(code: code, message: message, parameters: parameters)))
    }
}
