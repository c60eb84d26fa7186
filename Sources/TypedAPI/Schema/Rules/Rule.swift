public import JSON

/// One rule of a field: the check and the keyword of JSON Schema that says it, in one place.
public struct Rule<Value: Sendable>: Sendable {
    let keywords: JSONObject
    let apply: (@Sendable (inout Value, inout SchemaReader) -> Void)?

    @usableFromInline init(_ keywords: JSONObject = [:], apply: (@Sendable (inout Value, inout SchemaReader) -> Void)? = nil) {
        self.keywords = keywords
        self.apply = apply
    }

    /// A rule that only says no.
    @inlinable init(
        _ keywords: JSONObject, code: Issue.Code, message: String, parameters: JSONObject = [:],
        check: @escaping @Sendable (Value) -> Bool
    ) {
        self.init(keywords) { value, reader in
            if !check(value) { reader.fail(code, message, parameters) }
        }
    }
}

/// The rules of a field, in the order they are written. Each is applied, whatever those before it said.
///
/// What is inlinable here and in ``SchemaReader`` is so for the types of other modules: unspecialized it took three times as long.
public struct Rules<Value: Sendable>: Sendable {
    @usableFromInline let steps: [@Sendable (inout Value, inout SchemaReader) -> Void]
    @usableFromInline let keywords: JSONObject

    public init(_ rules: Rule<Value>...) { self.init(rules) }

    @usableFromInline init(_ rules: [Rule<Value>]) {
        steps = rules.compactMap(\.apply)
        var keywords: JSONObject = [:]
        for rule in rules {
            for (key, value) in rule.keywords {
                if keywords[key] == nil {
                    keywords[key] = value
                } else {
                    keywords["allOf"] = .array((keywords["allOf"]?.array ?? []) + [.object([key: value])])
                }
            }
        }
        self.keywords = keywords
    }

    @inlinable public func apply(to value: inout Value, in reader: inout SchemaReader) {
        for step in steps { step(&value, &reader) }
    }
}

// MARK: - For every type

extension Rule {
    /// `check` decides.
    public static func refine(_ code: Issue.Code, _ message: String, _ check: @escaping @Sendable (Value) -> Bool) -> Rule {
        Rule([:], code: code, message: message, check: check)
    }

    /// Rules that follow see what `change` made of the value.
    public static func transform(_ change: @escaping @Sendable (Value) -> Value) -> Rule {
        Rule { value, _ in value = change(value) }
    }

    public static func oneOf(_ allowed: Value...) -> Rule where Value: SchemaValue & Equatable {
        let json = allowed.map { $0.jsonValue() }
        let words = json.map { $0.string ?? $0.text() }.joined(separator: ", ")
        return Rule(["enum": .array(json)], code: .choice, message: "Must be one of: \(words).", parameters: ["allowed": .array(json)]) {
            allowed.contains($0)
        }
    }

    public static func title(_ text: String) -> Rule { Rule(["title": .string(text)]) }

    public static func description(_ text: String) -> Rule { Rule(["description": .string(text)]) }

    public static func example(_ examples: Value...) -> Rule where Value: SchemaValue {
        Rule(["examples": .array(examples.map { $0.jsonValue() })])
    }

    public static var deprecated: Rule { Rule(["deprecated": true]) }
}
