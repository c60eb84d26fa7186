/// Everything about a table that its definition says: what migrations compare.
public struct TableSchema: Hashable, Codable, Sendable {
    public var name: TableName
    /// The name before, while a migration renames it.
    public var renamedFrom: String?
    public var comment: String?
    public var columns: [ColumnSchema] = []
    public var primaryKey: PrimaryKeySchema?
    public var uniques: [UniqueSchema] = []
    public var foreignKeys: [ForeignKeySchema] = []
    public var checks: [CheckSchema] = []
    public var exclusions: [ExclusionSchema] = []
    public var indexes: [IndexSchema] = []
    public var partitioning: Partitioning?
    /// Partitions that are part of the definition; those that maintenance makes are not.
    public var partitions: [PartitionSchema] = []
    public var rowSecurity = RowSecurity.off
    public var policies: [PolicySchema] = []
    public var grants: [GrantSchema] = []

    public init(name: TableName) { self.name = name }
}

public struct ColumnSchema: Hashable, Codable, Sendable {
    public var name: String
    public var type: SQLType
    public var isNullable: Bool
    /// SQL of the default.
    public var defaultValue: String?
    public var identity: IdentitySchema?
    /// SQL that the stored value is computed from.
    public var generated: String?
    public var collation: String?
    public var comment: String?
    /// The name before, while a migration renames it.
    public var renamedFrom: String?

    public init(name: String, type: SQLType, isNullable: Bool) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
    }
}

/// A column that numbers its rows.
public struct IdentitySchema: Hashable, Codable, Sendable {
    public enum Generation: String, Codable, Sendable {
        /// Values given in an insert are refused.
        case always
        case byDefault = "by default"
    }

    public var generation: Generation
    public var start: Int?
    public var increment: Int?
    public var minimum: Int?
    public var maximum: Int?
    public var cache: Int?
    public var cycles: Bool

    public init(
        _ generation: Generation, start: Int? = nil, increment: Int? = nil, minimum: Int? = nil, maximum: Int? = nil, cache: Int? = nil,
        cycles: Bool = false
    ) {
        self.generation = generation
        self.start = start
        self.increment = increment
        self.minimum = minimum
        self.maximum = maximum
        self.cache = cache
        self.cycles = cycles
    }
}
