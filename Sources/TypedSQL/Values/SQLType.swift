/// The name of a PostgreSQL data type, as definitions and casts write it.
public struct SQLType: Hashable, Codable, Sendable {
    /// The schema of a type made in a database; nil leaves it to the search path.
    public var schema: String?
    /// The server's own short name: `int8`, not `bigint`; exact letters for a type made in a database.
    public var name: String
    /// Length, or precision and scale: `varchar(40)`, `numeric(12, 2)`.
    public var modifiers: [Int]
    public var isArray: Bool
    /// False for enums, domains and types of extensions, whose names are quoted.
    public var isBuiltIn: Bool

    init(_ name: String, modifiers: [Int] = [], schema: String? = nil, isArray: Bool = false, isBuiltIn: Bool = true) {
        self.schema = schema
        self.name = name
        self.modifiers = modifiers
        self.isArray = isArray
        self.isBuiltIn = isBuiltIn
    }

    /// A type made in a database: an enum, a domain, or one of an extension, such as `citext`.
    public static func custom(_ name: String, schema: String? = nil) -> SQLType {
        SQLType(name, schema: schema, isBuiltIn: false)
    }

    /// A type of the server itself that has no name here: `.builtIn("point")`.
    public static func builtIn(_ name: String, modifiers: [Int] = []) -> SQLType { SQLType(name, modifiers: modifiers) }

    public static let bool = SQLType("bool")
    public static let bytea = SQLType("bytea")
    public static let date = SQLType("date")
    public static let float4 = SQLType("float4")
    public static let float8 = SQLType("float8")
    public static let inet = SQLType("inet")
    public static let int2 = SQLType("int2")
    public static let int4 = SQLType("int4")
    public static let int8 = SQLType("int8")
    public static let interval = SQLType("interval")
    public static let json = SQLType("json")
    public static let jsonb = SQLType("jsonb")
    public static let numeric = SQLType("numeric")
    public static let text = SQLType("text")
    public static let timestamp = SQLType("timestamp")
    public static let timestamptz = SQLType("timestamptz")
    public static let uuid = SQLType("uuid")

    public static func char(_ length: Int) -> SQLType { SQLType("bpchar", modifiers: [length]) }
    public static func numeric(precision: Int, scale: Int) -> SQLType { SQLType("numeric", modifiers: [precision, scale]) }
    public static func timestamptz(precision: Int) -> SQLType { SQLType("timestamptz", modifiers: [precision]) }
    public static func varchar(_ length: Int) -> SQLType { SQLType("varchar", modifiers: [length]) }

    public var array: SQLType {
        var type = self
        type.isArray = true
        return type
    }
}

/// The SQL text.
extension SQLType: CustomStringConvertible {
    public var description: String {
        var text = ""
        if isBuiltIn {
            text += name
        } else {
            if let schema { text += Identifier.quoted(schema) + "." }
            text += Identifier.quoted(name)
        }
        if !modifiers.isEmpty { text += "(" + modifiers.map(String.init).joined(separator: ",") + ")" }
        return isArray ? text + "[]" : text
    }
}
