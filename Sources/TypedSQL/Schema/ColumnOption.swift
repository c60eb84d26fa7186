/// What `@Column` can say about a column beside its default.
public struct ColumnOption: Sendable {
    enum Content: Sendable {
        case primaryKey
        case unique(nullsNotDistinct: Bool)
        case type(SQLType)
        case identity(IdentitySchema)
        case generated(String)
        case check(name: String?, String)
        case collation(String)
        case comment(String)
        case renamedFrom(String)
        case index(name: String?)
    }

    let content: Content

    /// Part of the primary key, in the order of the properties.
    public static let primaryKey = ColumnOption(content: .primaryKey)
    public static let unique = ColumnOption(content: .unique(nullsNotDistinct: false))
    /// Two NULLs count as equal; PostgreSQL 15.
    public static let uniqueNullsNotDistinct = ColumnOption(content: .unique(nullsNotDistinct: true))
    /// An index on the column alone.
    public static let index = ColumnOption(content: .index(name: nil))
    public static func index(name: String) -> ColumnOption { ColumnOption(content: .index(name: name)) }

    /// Another PostgreSQL type than the Swift type's own: `.type(.varchar(40))`. It must be read and bound the same way.
    public static func type(_ type: SQLType) -> ColumnOption { ColumnOption(content: .type(type)) }

    /// Numbered by the database.
    public static func identity(_ generation: IdentitySchema.Generation) -> ColumnOption { identity(IdentitySchema(generation)) }
    public static func identity(_ identity: IdentitySchema) -> ColumnOption { ColumnOption(content: .identity(identity)) }

    /// Computed by the database from other columns, and stored.
    public static func generated(_ sql: StaticString) -> ColumnOption { ColumnOption(content: .generated("\(sql)")) }

    /// SQL that must not be false.
    public static func check(_ sql: StaticString, name: String? = nil) -> ColumnOption {
        ColumnOption(content: .check(name: name, "\(sql)"))
    }

    public static func collation(_ name: String) -> ColumnOption { ColumnOption(content: .collation(name)) }
    public static func comment(_ text: String) -> ColumnOption { ColumnOption(content: .comment(text)) }

    /// The column's name before, while a migration renames it.
    public static func renamedFrom(_ name: String) -> ColumnOption { ColumnOption(content: .renamedFrom(name)) }
}

/// A default that the database fills in.
public struct ColumnDefault: Sendable {
    let sql: String

    /// `now()`: the start of the transaction.
    public static let now = ColumnDefault(sql: "now()")
    /// `gen_random_uuid()`, of version 4.
    public static let randomUUID = ColumnDefault(sql: "gen_random_uuid()")

    public static func sql(_ text: StaticString) -> ColumnDefault { ColumnDefault(sql: "\(text)") }
    public static func value(_ value: some ColumnValue) -> ColumnDefault { ColumnDefault(sql: Literal.text(of: value)) }
}
