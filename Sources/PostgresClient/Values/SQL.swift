/// A piece of SQL with its bound values: `"select name from users where id = \(id)"` binds `id` as `$1`.
///
/// Only three things enter the text itself: the literal parts, other `SQL` values (renumbered), and quoted identifiers.
public struct SQL: Sendable, Hashable {
    /// The text with `$1…$n`.
    public private(set) var text: String
    public private(set) var parameters: PostgresParameters
    /// Where each `$n` starts in `text`, in UTF-8 bytes, so that splicing can renumber without parsing SQL.
    private var placeholders: [Int] = []
    /// False for statements that would only crowd others out of the cache of prepared ones.
    var isCacheable = true
    /// How long its caller waits for it.
    private(set) var timeLimit: Duration?

    /// Text taken as it is, without bound values. The caller vouches for it: never put input into it.
    public init(unsafeRaw text: String) {
        self.text = text
        self.parameters = PostgresParameters()
    }

    /// Rendered text whose `$1…$n` belong to `parameters`, for generators of SQL. Cannot be spliced into another `SQL` behind
    /// bound values: its placeholders are not tracked.
    public init(unsafeRaw text: String, parameters: PostgresParameters) {
        self.text = text
        self.parameters = parameters
    }

    public static func + (left: SQL, right: SQL) -> SQL {
        var result = left
        result.append(right)
        return result
    }

    public static func += (left: inout SQL, right: SQL) { left.append(right) }

    public mutating func append(_ other: SQL) {
        let base = parameters.count
        guard base > 0, !other.parameters.isEmpty else {
            let offset = text.utf8.count
            text += other.text
            placeholders.append(contentsOf: other.placeholders.lazy.map { $0 + offset })
            parameters.append(contentsOf: other.parameters)
            return
        }
        precondition(other.placeholders.count >= other.parameters.count, "SQL(unsafeRaw:parameters:) cannot follow bound values")
        // A placeholder may occur once only, in order, so its number is its index.
        let source = other.text.utf8
        var position = source.startIndex
        for (index, placeholder) in other.placeholders.enumerated() {
            let start = source.index(source.startIndex, offsetBy: placeholder)
            text += String(other.text[position..<start])
            appendPlaceholder(number: base + index + 1)
            position = source.index(start, offsetBy: 1 + String(index + 1).utf8.count)
        }
        text += String(other.text[position...])
        parameters.append(contentsOf: other.parameters)
    }

    mutating func append(literal: String) { text += literal }

    mutating func bind<T: PostgresEncodable>(_ value: T) {
        parameters.append(value)
        appendPlaceholder(number: parameters.count)
    }

    mutating func bindNull(_ type: PostgresType) {
        parameters.appendNull(type)
        appendPlaceholder(number: parameters.count)
    }

    private mutating func appendPlaceholder(number: Int) {
        placeholders.append(text.utf8.count)
        text += "$"
        text += String(number)
    }
}

extension SQL {
    /// `name` in double quotes, with inner quotes doubled.
    public static func identifier(_ name: String) -> SQL { SQL(unsafeRaw: quoted(name)) }

    /// `parts` with `separator` between them.
    public static func joined(_ parts: some Sequence<SQL>, separator: SQL) -> SQL {
        var result = SQL(unsafeRaw: "")
        var isFirst = true
        for part in parts {
            if !isFirst { result.append(separator) }
            isFirst = false
            result.append(part)
        }
        return result
    }

    /// The same statement with a limit to the time from handing it over to its result, waiting for a connection included.
    ///
    /// When the time is up a statement that waits is withdrawn, one that runs is cancelled on the server, and the caller gets
    /// ``PostgresError/Code/timedOut``: at once, or as soon as the server has reacted, at most five seconds later. In a batch the shortest limit counts
    /// for the whole flight. A fragment's limit is lost when it is spliced.
    public func limited(to time: Duration) -> SQL {
        var limited = self
        limited.timeLimit = time
        return limited
    }

    static func quoted(_ name: String) -> String {
        var text = "\""
        for character in name.unicodeScalars {
            if character == "\"" { text += "\"" }
            text.unicodeScalars.append(character)
        }
        return text + "\""
    }
}

/// Shows the text and the types of the parameters, not their values.
extension SQL: CustomStringConvertible {
    public var description: String { parameters.isEmpty ? text : "\(text) \(parameters)" }
}

extension SQL: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self.init(unsafeRaw: value) }

    public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.sql }

    public struct StringInterpolation: StringInterpolationProtocol {
        var sql = SQL(unsafeRaw: "")

        public init(literalCapacity: Int, interpolationCount: Int) {
            sql.reserve(text: literalCapacity + 3 * interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) { sql.append(literal: literal) }

        /// Binds a value.
        public mutating func appendInterpolation<T: PostgresEncodable>(_ value: T) { sql.bind(value) }

        /// Binds a value or NULL.
        public mutating func appendInterpolation<T: PostgresEncodable>(_ value: T?) {
            if let value { sql.bind(value) } else { sql.bindNull(T.postgresType) }
        }

        /// Splices a fragment with its bound values.
        public mutating func appendInterpolation(_ fragment: SQL) { sql.append(fragment) }

        /// Quotes a name.
        public mutating func appendInterpolation(identifier name: String) { sql.append(literal: SQL.quoted(name)) }
    }

    private mutating func reserve(text capacity: Int) { text.reserveCapacity(capacity) }
}
