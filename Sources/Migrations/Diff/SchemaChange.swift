import TypedSQL

/// One difference between two schemas: what turns the first into the second.
enum SchemaChange: Hashable, Sendable {
    case createSchema(String)
    case dropSchema(String)
    case createExtension(String)
    case dropExtension(String)
    case createRole(RoleSchema)
    case grantSchema(SchemaGrant)
    case revokeSchema(SchemaGrant)
    case createEnum(EnumDefinition)
    case dropEnum(EnumDefinition)
    case renameEnum(from: TableName, to: TableName)
    /// The enum by its name before.
    case renameLabel(TableName, from: String, to: String)
    /// `after` nil: in front of all others. The enum by its name before.
    case addLabel(TableName, String, after: String?, before: String?)
    /// Labels went away or changed places: the type is made anew.
    case rebuildEnum(from: EnumDefinition, to: EnumDefinition)
    case createSequence(SequenceSchema)
    case dropSequence(SequenceSchema)
    case alterSequence(from: SequenceSchema, to: SequenceSchema)
    case createTable(TableSchema)
    case dropTable(TableName)
    case renameTable(from: TableName, to: TableName)
    case table(TableNames, TableChange)
    case createObject(SQLObject)
    case dropObject(SQLObject)
    case replaceObject(from: SQLObject, to: SQLObject)
}

/// A table by its name before and after.
struct TableNames: Hashable, Sendable {
    var old: TableName
    var new: TableName
}

/// A difference within a table that is in both schemas.
enum TableChange: Hashable, Sendable {
    case addColumn(ColumnSchema)
    case dropColumn(ColumnSchema)
    case renameColumn(from: String, to: String)
    case changeType(from: ColumnSchema, to: ColumnSchema)
    case changeDefault(from: ColumnSchema, to: ColumnSchema)
    case changeNullability(from: ColumnSchema, to: ColumnSchema)
    case changeIdentity(from: ColumnSchema, to: ColumnSchema)
    /// The expression, or whether there is one.
    case changeGenerated(from: ColumnSchema, to: ColumnSchema)
    case changeColumnComment(from: ColumnSchema, to: ColumnSchema)
    case changeComment(from: String?, to: String?)
    case addConstraint(Constraint)
    case dropConstraint(Constraint)
    case renameConstraint(from: String, to: String)
    case validateConstraint(Constraint)
    case addIndex(IndexSchema)
    case dropIndex(IndexSchema)
    case renameIndex(from: String, to: String)
    case addPartition(PartitionSchema, of: TableName)
    case dropPartition(PartitionSchema, of: TableName)
    case changePartitioning(from: Partitioning?, to: Partitioning?)
    case changeRowSecurity(from: RowSecurity, to: RowSecurity)
    case addPolicy(PolicySchema)
    case dropPolicy(PolicySchema)
    case grant([GrantSchema.Privilege], to: String)
    case revoke([GrantSchema.Privilege], from: String)
}

/// A constraint of any kind.
enum Constraint: Hashable, Sendable {
    case primaryKey(PrimaryKeySchema)
    case unique(UniqueSchema)
    case foreignKey(ForeignKeySchema)
    case check(CheckSchema)
    case exclusion(ExclusionSchema)

    var name: String {
        switch self {
        case .primaryKey(let key): key.name
        case .unique(let key): key.name
        case .foreignKey(let key): key.name
        case .check(let check): check.name
        case .exclusion(let exclusion): exclusion.name
        }
    }

    /// As in CREATE TABLE and ADD.
    var definition: String {
        switch self {
        case .primaryKey(let key): key.definition
        case .unique(let key): key.definition
        case .foreignKey(let key): key.definition
        case .check(let check): check.definition
        case .exclusion(let exclusion): exclusion.definition
        }
    }

    var isForeignKey: Bool { if case .foreignKey = self { true } else { false } }

    var isValidated: Bool {
        get {
            switch self {
            case .foreignKey(let key): key.isValidated
            case .check(let check): check.isValidated
            default: true
            }
        }
        set {
            switch self {
            case .foreignKey(var key):
                key.isValidated = newValue
                self = .foreignKey(key)
            case .check(var check):
                check.isValidated = newValue
                self = .check(check)
            default: break
            }
        }
    }

    /// The same under another name.
    func named(_ name: String) -> Constraint {
        switch self {
        case .primaryKey(var key):
            key.name = name
            return .primaryKey(key)
        case .unique(var key):
            key.name = name
            return .unique(key)
        case .foreignKey(var key):
            key.name = name
            return .foreignKey(key)
        case .check(var check):
            check.name = name
            return .check(check)
        case .exclusion(var exclusion):
            exclusion.name = name
            return .exclusion(exclusion)
        }
    }
}

extension TableSchema {
    /// Foreign keys last.
    var constraints: [Constraint] {
        (primaryKey.map { [.primaryKey($0)] } ?? []) + uniques.map { .unique($0) } + checks.map { .check($0) }
            + exclusions.map { .exclusion($0) } + foreignKeys.map { .foreignKey($0) }
    }

    var columnsByName: [String: ColumnSchema] { Dictionary(columns.map { ($0.name, $0) }) { first, _ in first } }
}
