public import JSON

/// `{"data": …}`: how an answer holds one resource, so that something can stand beside it one day.
public struct Resource<Value: SchemaValue>: SchemaObject {
    public var data: Value

    @inlinable
    public init(_ data: Value) { self.data = data }

    public static func read(from reader: inout SchemaReader) throws(JSONError) -> Resource? {
        var data: Value?
        let isComplete = try reader.object(envelopeFields, unknown: nil) { (_, reader) throws(JSONError) in data = try reader.value() }
        guard isComplete, let data else { return nil }
        return Resource(data)
    }

    @inlinable
    public func writeMembers(to writer: inout JSONWriter) {
        writer.write(raw: "\"data\":")
        data.write(to: &writer)
    }

    public static func members(in catalog: inout SchemaCatalog) -> ObjectSchema {
        var object = ObjectSchema()
        object.add("data", Value.self, presence: .required, in: &catalog)
        return object
    }

    public static func schema(in catalog: inout SchemaCatalog) -> JSONObject {
        catalog.define(named: "Answer", behind: Value.self, Resource.self) { members(in: &$0).schema(in: $0) }
    }
}

private let envelopeFields = FieldTable(["data"], required: 1)

extension SchemaCatalog {
    /// Defines a type that is made of another one under that one's name and a suffix; one without a name stays without.
    mutating func define<Part: SchemaValue>(
        named suffix: String, behind part: Part.Type, _ type: any Any.Type, _ make: (inout SchemaCatalog) -> JSONObject
    ) -> JSONObject {
        guard let name = Part.schema(in: &self)["$ref"]?.string?.split(separator: "/").last else { return make(&self) }
        return define(name + suffix, type, make)
    }
}
