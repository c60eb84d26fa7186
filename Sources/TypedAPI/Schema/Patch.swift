public import JSON

/// A member of a change: not mentioned, set to null, or set to a value.
public enum Patch<Value> {
    case absent
    case null
    case value(Value)

    /// Whether it is mentioned at all.
    public var isPresent: Bool {
        if case .absent = self { false } else { true }
    }

    /// What a field becomes that has `current` now.
    public func applied(to current: Value?) -> Value? {
        switch self {
        case .absent: current
        case .null: nil
        case .value(let value): value
        }
    }
}

extension Patch: SchemaValue where Value: SchemaValue {
    public static func read(from reader: inout SchemaReader) throws(JSONError) -> Patch? { try reader.patch(Rules<Value>()) }

    public func write(to writer: inout JSONWriter) {
        switch self {
        case .absent, .null: writer.write(raw: "null")
        case .value(let value): value.write(to: &writer)
        }
    }

    public static func schema(in catalog: inout SchemaCatalog) -> JSONObject { Value.schema(in: &catalog).orNull }
}

extension Patch: Sendable where Value: Sendable {}
extension Patch: Equatable where Value: Equatable {}
extension Patch: Hashable where Value: Hashable {}
