public import JSON

/// Reads JSON into declared types and collects what is wrong with it.
public struct SchemaReader {
    /// The text, at the next token.
    public var json: JSONReader
    let unknownFields: UnknownFields
    private let maximumIssues: Int
    /// Whether strings are taken for numbers and booleans, and one value for a list: parameters come as text.
    let coerces: Bool
    @usableFromInline private(set) var issues: [Issue] = []
    /// Issues so far, also those past the number that is told.
    @usableFromInline private(set) var failures = 0
    /// The member that told a union's case: its payload need not declare it.
    var tag: String?
    /// Of a member nobody declared, while it is read.
    public internal(set) var unknownName = ""
    private var attempts = 0

    @inlinable static func parse<Value: SchemaValue>(
        _ bytes: some Collection<UInt8>, dialect: Dialect, coerces: Bool
    ) throws(SchemaFailure) -> Value {
        let result: Result<Value, SchemaFailure>
        do throws(JSONError) {
            result = try JSONReader.withBytes(bytes, limits: dialect.limits) { (json) throws(JSONError) in
                // A copy that lives no longer than what it was copied from.
                var reader = SchemaReader(json: json, dialect: dialect, coerces: coerces)
                let value = try Value.read(from: &reader)
                try reader.json.expectEnd()
                guard let value, reader.failures == 0 else { return .failure(.invalid(reader.issues)) }
                return .success(value)
            }
        } catch {
            throw .malformed(error)
        }
        return try result.get()
    }

    @usableFromInline init(json: JSONReader, dialect: Dialect, coerces: Bool) {
        self.json = json
        unknownFields = dialect.unknownFields
        maximumIssues = dialect.maximumIssues
        self.coerces = coerces
    }

    // MARK: - Issues

    /// Notes that the value being read is not acceptable.
    public mutating func fail(_ code: Issue.Code, _ message: String, _ parameters: @autoclosure () -> JSONObject = [:]) {
        failures += 1
        guard issues.count < maximumIssues else { return }
        issues.append(Issue(code: code, message: message, parameters: parameters()))
    }

    /// Where issues stand, to say later below which member those that followed are.
    @usableFromInline struct Mark {
        @usableFromInline let failures: Int
        @usableFromInline let issues: Int
    }

    @usableFromInline var mark: Mark { Mark(failures: failures, issues: issues.count) }

    /// Issues carry the path below the value being read; each level adds its own step, and pays only when something was wrong.
    @usableFromInline mutating func prefixIssues(since mark: Mark, with step: String) {
        for index in mark.issues..<issues.count { issues[index].pointer = step + issues[index].pointer }
    }

    /// Another kind of value than expected: skips it and says so.
    /// - Parameter what: With its article: `a string`.
    public mutating func refuseType(_ what: String) throws(JSONError) {
        let first = try json.nextToken()
        try json.skipValue()
        if coerces, first == UInt8(ascii: "[") { return fail(.duplicate, "Must be there only once.") }
        let isNull = first == UInt8(ascii: "n")
        fail(.type, isNull ? "Must not be null." : "Must be \(what).", ["expected": .string(what)])
    }

    // MARK: - Fields

    /// A value that may not be null, and its rules.
    @inlinable public mutating func value<Value: SchemaValue>(_ rules: Rules<Value>) throws(JSONError) -> Value? {
        guard var value = try Value.read(from: &self) else { return nil }
        rules.apply(to: &value, in: &self)
        return value
    }

    @inlinable public mutating func value<Value: SchemaValue>() throws(JSONError) -> Value? { try Value.read(from: &self) }

    /// A value or null: nil is a failure, `.some(nil)` is null.
    @inlinable public mutating func optional<Value: SchemaValue>(_ rules: Rules<Value>) throws(JSONError) -> Value?? {
        if try json.nextToken() == 0x6E {  // n
            try json.countValue()
            try json.readNull()
            return .some(nil)
        }
        return try value(rules).map { .some($0) }
    }

    @inlinable public mutating func optional<Value: SchemaValue>() throws(JSONError) -> Value?? {
        if try json.nextToken() == 0x6E {  // n
            try json.countValue()
            try json.readNull()
            return .some(nil)
        }
        return try value().map { .some($0) }
    }

    /// A value of an optional field that may be left out, and is never null.
    @inlinable public mutating func notNull<Value: SchemaValue>(_ rules: Rules<Value> = Rules()) throws(JSONError) -> Value?? {
        try value(rules).map { .some($0) }
    }

    @inlinable public mutating func patch<Value: SchemaValue>(_ rules: Rules<Value>) throws(JSONError) -> Patch<Value>? {
        guard let value = try optional(rules) else { return nil }
        return value.map { .value($0) } ?? .null
    }

    /// A value whose fields are right: its own rules decide.
    @inlinable public mutating func validated<Value: SchemaValue>(_ value: Value?) -> Value? {
        guard let value else { return nil }
        var collector = IssueCollector<Value>()
        value.validate(&collector)
        guard !collector.findings.isEmpty else { return value }
        for (path, issue) in collector.findings { add(issue, to: path.flatMap { Value.fieldName(of: $0) }) }
        return nil
    }

    @usableFromInline mutating func add(_ issue: Issue, to field: String?) {
        failures += 1
        guard issues.count < maximumIssues else { return }
        issues.append(issue)
        if let field { issues[issues.count - 1].pointer = Issue.step(field) }
    }

    // MARK: - Unions

    /// Tries one of several types: nil, and nothing consumed or noted, when the value is not of that one.
    public mutating func attempt<Value>(
        _ read: (inout SchemaReader) throws(JSONError) -> Value?
    ) throws(JSONError) -> Value? {
        attempts += 1
        // Unions inside one another multiply their attempts.
        guard attempts <= 1000 else { throw JSONError(code: .tooManyMembers, offset: json.offset) }
        let before = self
        if let value = try read(&self), failures == before.failures { return value }
        let spent = attempts
        self = before
        attempts = spent
        return nil
    }

    /// No type of a union fits: skips the value and says so.
    public mutating func refuseUnion(_ types: [String]) throws(JSONError) {
        try json.skipValue()
        fail(.union, "Must be one of: \(types.joined(separator: ", ")).", ["allowed": .array(types.map(JSONValue.string))])
    }
}
