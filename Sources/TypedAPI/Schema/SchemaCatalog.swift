public import JSON

/// Collects the definitions of named types, each once, so that schemas refer to them and may be recursive.
public struct SchemaCatalog {
    /// What the schemas are of: what is read, or what is written, which has every member that is not left out on purpose.
    public enum Direction: Sendable {
        case input, output
    }

    private let prefix: String
    public let direction: Direction
    /// Whether members nobody declared are refused where a type does not say it.
    let refusesUnknown: Bool
    public private(set) var definitions: JSONObject = [:]
    /// Names that more than one type has.
    public private(set) var conflicts: [String] = []
    private var owners: [String: ObjectIdentifier] = [:]

    /// - Parameter prefix: What a reference puts before the name: `#/components/schemas/`.
    public init(prefix: String, refusesUnknown: Bool = true, direction: Direction = .input) {
        self.prefix = prefix
        self.direction = direction
        self.refusesUnknown = refusesUnknown
    }

    /// A reference to the type, which is defined the first time.
    public mutating func define(
        _ name: String, _ type: any Any.Type, _ make: (inout SchemaCatalog) -> JSONObject
    ) -> JSONObject {
        let owner = owners[name]
        if owner == nil {
            owners[name] = ObjectIdentifier(type)
            definitions[name] = [:]  // keeps its place while the types inside it define themselves
            var schema = make(&self)
            // What is written has passed those checks or needs none.
            if direction == .input, let type = type as? any SchemaObject.Type { schema.merge(type.extraKeywords) }
            definitions[name] = .object(schema)
        } else if owner != ObjectIdentifier(type), !conflicts.contains(name) {
            conflicts.append(name)
        }
        return ["$ref": .string(prefix + name)]
    }
}

/// The schema of a declared object while it is put together.
public struct ObjectSchema {
    /// Whether a member has to be there, and whether it may be null.
    public enum Presence: Sendable {
        case required, optional, nullable, optionalOrNull
    }

    private var properties: JSONObject = [:]
    private var required: [JSONValue] = []
    private var additional: JSONValue?
    private let unknown: UnknownFields?
    private let description: String?

    public init(unknown: UnknownFields? = nil, description: String? = nil) {
        self.unknown = unknown
        self.description = description
    }

    /// - Parameter isOmitted: whether it is not written when it is nil.
    public mutating func add<Value: SchemaValue>(
        _ name: String, _ type: Value.Type, _ rules: Rules<Value> = Rules(), presence: Presence, isOmitted: Bool = false,
        default value: Value? = nil, description: String? = nil, in catalog: inout SchemaCatalog
    ) {
        var schema = Value.schema(in: &catalog)
        schema.merge(rules.keywords)
        if presence == .nullable || presence == .optionalOrNull { schema = schema.orNull }
        if let description { schema["description"] = .string(description) }
        if let value, catalog.direction == .input { schema["default"] = value.jsonValue() }
        properties[name] = .object(schema)
        if presence == .required || presence == .nullable || catalog.direction == .output && !isOmitted { required.append(.string(name)) }
    }

    /// Members nobody declared are values of this map's kind.
    public mutating func addUnknown<Members: SchemaValue>(_ type: Members.Type, in catalog: inout SchemaCatalog) {
        additional = Members.schema(in: &catalog)["additionalProperties"]
    }

    /// The member that tells a union's case.
    public mutating func addTag(_ name: String, _ value: String) {
        var tagged: JSONObject = [name: ["type": "string", "const": .string(value)]]
        for (key, property) in properties { tagged[key] = property }
        properties = tagged
        required.insert(.string(name), at: 0)
    }

    public func schema(in catalog: SchemaCatalog) -> JSONObject {
        var schema: JSONObject = ["type": "object"]
        if let description { schema["description"] = .string(description) }
        schema["properties"] = .object(properties)
        if !required.isEmpty { schema["required"] = .array(required) }
        // Answers may get more members one day, and their readers should not mind.
        let refusesUnknown = unknown == .reject || unknown == nil && catalog.refusesUnknown
        if refusesUnknown, catalog.direction == .input { schema["additionalProperties"] = false }
        if let additional { schema["additionalProperties"] = additional }
        return schema
    }
}

extension JSONObject {
    /// Adds keywords; those inside a member that both have are merged too.
    mutating func merge(_ keywords: JSONObject) {
        for (key, value) in keywords {
            if case .object(var mine) = self[key], case .object(let theirs) = value {
                mine.merge(theirs)
                self[key] = .object(mine)
            } else {
                self[key] = value
            }
        }
    }

    /// The schema with null allowed beside it.
    var orNull: JSONObject {
        guard case .string(let type) = self["type"], self["const"] == nil else { return ["anyOf": [.object(self), ["type": "null"]]] }
        var schema = self
        schema["type"] = [.string(type), "null"]
        if let allowed = self["enum"]?.array { schema["enum"] = .array(allowed + [.null]) }
        return schema
    }
}
