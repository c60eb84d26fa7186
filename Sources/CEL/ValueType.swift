public import JSON

extension CEL {
    /// A type of the language, as the checker knows it.
    public indirect enum ValueType: Hashable, Sendable {
        case dyn, null, bool, int, uint, double, string, bytes, timestamp, duration
        case list(ValueType)
        case map(ValueType, ValueType)
        case type(ValueType)
        case optional(ValueType)
        /// Members with types; a member that is not named is a mistake, unless `isOpen`.
        case record([String: ValueType], isOpen: Bool)
        /// Stands for any one type in the signature of a function.
        case parameter(String)
        /// Not yet known, while checking.
        case variable(Int)

        /// The name of the type at run time.
        var name: String {
            switch self {
            case .dyn: "dyn"
            case .null: "null_type"
            case .bool: "bool"
            case .int: "int"
            case .uint: "uint"
            case .double: "double"
            case .string: "string"
            case .bytes: "bytes"
            case .timestamp: "google.protobuf.Timestamp"
            case .duration: "google.protobuf.Duration"
            case .list: "list"
            case .map, .record: "map"
            case .type: "type"
            case .optional: "optional_type"
            case .parameter(let name): name
            case .variable: "dyn"
            }
        }
    }
}

extension CEL.ValueType: CustomStringConvertible {
    public var description: String {
        switch self {
        case .list(let element): "list(\(element))"
        case .map(let key, let value): "map(\(key), \(value))"
        case .type(let type): "type(\(type))"
        case .optional(let type): "optional_type(\(type))"
        default: name
        }
    }
}

extension CEL.ValueType {
    /// The type that values of a JSON Schema have: of `type`, `properties`, `additionalProperties`, `items`, `enum` and `const`.
    /// What a schema leaves open is `dyn`.
    public init(jsonSchema schema: JSONValue) { self.init(schema: schema, depth: 0) }

    private init(schema: JSONValue, depth: Int) {
        guard depth < 64 else {
            self = .dyn
            return
        }
        switch schema["type"]?.string {
        case "null": self = .null
        case "boolean": self = .bool
        case "string": self = .string
        // Whole numbers beyond 63 bits are `uint` or `double`, and `number` may come whole.
        case "integer", "number": self = .dyn
        case "array": self = .list(schema["items"].map { Self(schema: $0, depth: depth + 1) } ?? .dyn)
        case "object":
            guard let properties = schema["properties"]?.object else {
                self = .map(.string, schema["additionalProperties"]?.object.map { Self(schema: .object($0), depth: depth + 1) } ?? .dyn)
                return
            }
            var members: [String: Self] = [:]
            for (name, member) in properties { members[name] = Self(schema: member, depth: depth + 1) }
            // A schema without `additionalProperties` admits more; a condition that names what is not described is a slip all the same.
            let isOpen = schema["additionalProperties"].map { $0.bool != false } ?? false
            self = .record(members, isOpen: isOpen)
        default: self = .dyn
        }
    }
}
