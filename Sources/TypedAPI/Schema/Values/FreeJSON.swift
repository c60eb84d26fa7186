public import JSON

/// Any JSON, built as a value.
extension JSONValue: SchemaValue {
    public static func read(from reader: inout SchemaReader) throws(JSONError) -> JSONValue? { try reader.json.readValue() }

    public func write(to writer: inout JSONWriter) { writer.write(self) }

    public static func schema(in catalog: inout SchemaCatalog) -> JSONObject { [:] }
}

/// Any JSON, kept as the bytes received: checked for being one value in valid UTF-8 and no more, since nothing of it is read here.
///
/// Equal member names, single surrogates as JavaScript writes them and nesting of any depth are the receiver's to judge; what is around the
/// value is read by the strict rules, as everywhere.
extension RawJSON: SchemaValue {
    public static func read(from reader: inout SchemaReader) throws(JSONError) -> RawJSON? {
        RawJSON(unchecked: reader.json.bytes(in: try reader.json.skipVerbatim()))
    }

    public func write(to writer: inout JSONWriter) { writer.write(self) }

    public static func schema(in catalog: inout SchemaCatalog) -> JSONObject { [:] }
}

/// Any JSON object, built as a value.
extension JSONObject: SchemaValue {
    public static func read(from reader: inout SchemaReader) throws(JSONError) -> JSONObject? {
        guard try reader.json.nextToken() == UInt8(ascii: "{") else {
            try reader.refuseType("an object")
            return nil
        }
        return try reader.json.readValue().object
    }

    public func write(to writer: inout JSONWriter) { writer.write(.object(self)) }

    public func writeMembers(to writer: inout JSONWriter) {
        for (name, value) in self {
            writer.separate()
            writer.write(string: name)
            writer.write(raw: ":")
            writer.write(value)
        }
    }

    public static func schema(in catalog: inout SchemaCatalog) -> JSONObject { ["type": "object"] }
}
