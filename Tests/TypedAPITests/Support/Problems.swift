import TypedAPI

/// What a text is refused for, a line an issue: `/name length`.
func problems<Value: SchemaValue>(_ type: Value.Type, _ text: String, dialect: Dialect = .problems) -> [String] {
    do throws(SchemaFailure) {
        _ = try Value.parse(text, dialect: dialect)
        return []
    } catch {
        switch error {
        case .malformed(let error): return ["malformed \(error.code.rawValue)"]
        case .invalid(let issues): return issues.map { "\($0.pointer) \($0.code.rawValue)" }
        }
    }
}

/// What comes of reading and writing again; nil when it was refused.
func written<Value: SchemaValue>(_ type: Value.Type, _ text: String) -> String? {
    (try? Value.parse(text)).map { String(decoding: $0.jsonBytes(), as: UTF8.self) }
}
