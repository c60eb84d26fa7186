public import JSON

/// The schema of an enum with payloads while it is put together.
public struct UnionSchema {
    private let name: String
    private let type: any Any.Type
    private let tag: String?
    private let description: String?
    private var variants: [JSONValue] = []
    private var mapping: JSONObject = [:]

    /// - Parameter tag: The member that tells the case; nil when the first that fits is taken.
    public init(_ name: String, _ type: any Any.Type, tag: String?, description: String? = nil) {
        self.name = name
        self.type = type
        self.tag = tag
        self.description = description
    }

    /// A case with a payload whose members stand beside the tag.
    public mutating func add<Payload: SchemaObject>(tagged value: String, _ payload: Payload.Type, in catalog: inout SchemaCatalog) {
        add(value, in: &catalog) { Payload.members(in: &$0) }
    }

    /// A case that is its tag alone.
    public mutating func add(tagged value: String, in catalog: inout SchemaCatalog) {
        add(value, in: &catalog) { _ in ObjectSchema() }
    }

    /// A case of a union without tag.
    public mutating func add<Payload: SchemaValue>(_ payload: Payload.Type, in catalog: inout SchemaCatalog) {
        variants.append(.object(Payload.schema(in: &catalog)))
    }

    private mutating func add(_ value: String, in catalog: inout SchemaCatalog, _ members: (inout SchemaCatalog) -> ObjectSchema) {
        guard let tag else { return }
        // A component of its own: a discriminator cannot point at a schema without a name.
        let parts = value.split { !$0.isLetter && !$0.isNumber }
        let variant = name + parts.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        let reference = catalog.define(variant, type) { catalog in
            var object = members(&catalog)
            object.addTag(tag, value)
            return object.schema(in: catalog)
        }
        variants.append(.object(reference))
        mapping[value] = reference["$ref"]
    }

    public var schema: JSONObject {
        var schema: JSONObject = [:]
        if let description { schema["description"] = .string(description) }
        if let tag {
            schema["oneOf"] = .array(variants)
            schema["discriminator"] = ["propertyName": .string(tag), "mapping": .object(mapping)]
        } else {
            schema["anyOf"] = .array(variants)
        }
        return schema
    }
}
