public import JSON
public import Primitives

/// A type that is a string of its own form in JSON: its initializer is the check.
///
///     extension Slug: SchemaText {
///         init?(schemaText text: String) { self.init(text) }
///         var schemaText: String { text }
///         static let schemaForm = TextForm("a slug: 3 to 40 of a-z, 0-9 and hyphen", pattern: "^[a-z0-9-]{3,40}$")
///     }
public protocol SchemaText: SchemaValue {
    init?(schemaText text: String)
    var schemaText: String { get }
    static var schemaForm: TextForm { get }
}

/// What a string that stands for something else looks like.
public struct TextForm: Sendable {
    /// With its article: `an ISO 8601 duration, such as PT5M`.
    public let what: String
    /// The JSON Schema format, where there is one.
    public let format: String?
    /// A regular expression of JSON Schema, for documents alone.
    public let pattern: String?

    public init(_ what: String, format: String? = nil, pattern: String? = nil) {
        self.what = what
        self.format = format
        self.pattern = pattern
    }
}

extension SchemaText {
    public static func read(from reader: inout SchemaReader) throws(JSONError) -> Self? {
        guard let text = try reader.string() else { return nil }
        if let value = Self(schemaText: text) { return value }
        let form = schemaForm
        reader.fail(.format, "Must be \(form.what).", form.format.map { ["format": .string($0)] } ?? [:])
        return nil
    }

    public func write(to writer: inout JSONWriter) { writer.write(string: schemaText) }

    public static func schema(in catalog: inout SchemaCatalog) -> JSONObject {
        let form = schemaForm
        var schema: JSONObject = ["type": "string"]
        schema["format"] = form.format.map(JSONValue.string)
        schema["pattern"] = form.pattern.map(JSONValue.string)
        return schema
    }
}

extension Timestamp: SchemaText {
    public init?(schemaText text: String) { self.init(rfc3339: text) }
    public var schemaText: String { rfc3339 }
    public static var schemaForm: TextForm {
        TextForm("an RFC 3339 date and time, such as 2026-11-22T10:00:00Z", format: "date-time")
    }
    public func write(to writer: inout JSONWriter) { writer.write(plain: rfc3339) }
}

extension Duration: SchemaText {
    public init?(schemaText text: String) { self.init(iso8601: text) }
    public var schemaText: String { iso8601 }
    public static var schemaForm: TextForm {
        TextForm("an ISO 8601 duration in weeks, days, hours, minutes and seconds, such as PT5M", format: "duration")
    }
}

extension TypeID: SchemaValue, SchemaText {
    public init?(schemaText text: String) { self.init(text) }
    public var schemaText: String { description }
    public static var schemaForm: TextForm {
        TextForm("an identifier that begins with \(Tag.prefix)_", pattern: "^\(Tag.prefix)_[0-7][0-9a-hjkmnp-tv-z]{25}$")
    }
    public func write(to writer: inout JSONWriter) { writer.write(plain: description) }
}

extension UUIDv7: SchemaText {
    public init?(schemaText text: String) { self.init(text) }
    public var schemaText: String { description }
    public static var schemaForm: TextForm { TextForm("a UUID", format: "uuid") }
    public func write(to writer: inout JSONWriter) { writer.write(plain: description) }
}

extension IPAddress: SchemaText {
    public init?(schemaText text: String) { self.init(text) }
    /// IPv4 with dots; IPv6 in full, eight groups.
    public var schemaText: String {
        switch family {
        case .v4: return (0..<4).map { String(bits >> (24 - 8 * $0) & 0xFF) }.joined(separator: ".")
        case .v6: return (0..<8).map { String(bits >> (112 - 16 * $0) & 0xFFFF, radix: 16) }.joined(separator: ":")
        }
    }
    public static var schemaForm: TextForm { TextForm("an IPv4 or IPv6 address") }
}
