// What `@Schema` writes names JSON's types: whoever imports TypedAPI has them, without another import.
@_exported public import JSON

/// A type that JSON is read into with every problem collected, that is written as JSON, and that has a JSON Schema.
///
/// `@Schema` makes a struct or an enum one. By hand it is rarely needed: a type that is a string in JSON is a ``SchemaText``.
public protocol SchemaValue: Sendable {
    /// Reads one value, consuming it whole.
    ///
    /// - Returns: nil when the value is not acceptable; why is among the reader's issues then.
    /// - Throws: ``JSONError`` when the text itself is broken; nothing can be read after that.
    static func read(from reader: inout SchemaReader) throws(JSONError) -> Self?

    func write(to writer: inout JSONWriter)

    /// The JSON Schema 2020-12 of the type; one with a name defines itself in `catalog` and is a reference here.
    static func schema(in catalog: inout SchemaCatalog) -> JSONObject

    /// Rules that concern several fields; called once every field on its own is right.
    func validate(_ issues: inout IssueCollector<Self>)

    /// The name in JSON of a field that `@Schema` knows.
    static func fieldName(of path: PartialKeyPath<Self>) -> String?
}

extension SchemaValue {
    public func validate(_ issues: inout IssueCollector<Self>) {}

    public static func fieldName(of path: PartialKeyPath<Self>) -> String? { nil }

    /// Reads a whole JSON text.
    ///
    /// - Throws: ``SchemaFailure`` with the place where the text is broken, or with every problem of what it says.
    @inlinable public static func parse(_ bytes: some Collection<UInt8>, dialect: Dialect = .problems) throws(SchemaFailure) -> Self {
        try SchemaReader.parse(bytes, dialect: dialect, coerces: false)
    }

    /// Reads a whole JSON text.
    @inlinable public static func parse(_ text: String, dialect: Dialect = .problems) throws(SchemaFailure) -> Self {
        try parse(Array(text.utf8), dialect: dialect)
    }

    /// Compact JSON in UTF-8.
    @inlinable public func jsonBytes() -> [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// The same as a value; for what is small and rare.
    public func jsonValue() -> JSONValue {
        // What is written here is JSON.
        (try? JSONValue(parsing: jsonBytes())) ?? .null
    }

    /// A complete JSON Schema 2020-12, with the types it refers to under `$defs`.
    ///
    /// - Throws: ``SchemaNameConflict`` when two types in it have one name.
    public static func jsonSchema() throws(SchemaNameConflict) -> JSONValue {
        var catalog = SchemaCatalog(prefix: "#/$defs/")
        let root = schema(in: &catalog)
        if let name = catalog.conflicts.first { throw SchemaNameConflict(name: name) }
        var schema: JSONObject = ["$schema": "https://json-schema.org/draft/2020-12/schema"]
        for (key, value) in root { schema[key] = value }
        if !catalog.definitions.isEmpty { schema["$defs"] = .object(catalog.definitions) }
        return .object(schema)
    }
}

/// A type whose JSON is an object with declared members.
public protocol SchemaObject: SchemaValue {
    static func members(in catalog: inout SchemaCatalog) -> ObjectSchema

    /// Keywords of JSON Schema that say what ``SchemaValue/validate(_:)-(IssueCollector<Self>)`` checks across fields, such as
    /// `["not": ["required": ["delay", "scheduledFor"]]]`. They are for documents alone.
    static var extraKeywords: JSONObject { get }

    /// Writes the members, behind a comma where something was written since the opening brace.
    func writeMembers(to writer: inout JSONWriter)
}

extension SchemaObject {
    public static var extraKeywords: JSONObject { [:] }

    public func write(to writer: inout JSONWriter) {
        writer.write(raw: "{")
        writeMembers(to: &writer)
        writer.write(raw: "}")
    }
}

/// Why a JSON text did not become a value.
public enum SchemaFailure: Error, Hashable, Sendable {
    /// It is not JSON, or beyond the limits.
    case malformed(JSONError)
    /// It is JSON, and these are all its problems (at most as many as the dialect tells).
    case invalid([Issue])
}

/// Two types of one document have the same name; `@Schema(name:)` gives one of them another.
public struct SchemaNameConflict: Error, Hashable, Sendable, CustomStringConvertible {
    public let name: String

    public init(name: String) { self.name = name }

    public var description: String { "Two different types are called \(name) in one document; say @Schema(name:) on one of them." }
}
