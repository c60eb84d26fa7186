/// What a database should contain. The list of tables is explicit: Swift cannot find types by itself.
///
///     let schema = DatabaseSchema(tables: [Organization.schema, Project.schema], enums: [RunStatus.definition])
public struct DatabaseSchema: Hashable, Codable, Sendable {
    public var schemas: [String]
    public var extensions: [String]
    public var enums: [EnumDefinition]
    public var sequences: [SequenceSchema]
    public var tables: [TableSchema]
    public var objects: [SQLObject]
    /// Roles that policies and grants name; a role belongs to the whole cluster.
    public var roles: [RoleSchema]
    public var schemaGrants: [SchemaGrant]

    public init(
        tables: [TableSchema], enums: [EnumDefinition] = [], objects: [SQLObject] = [], sequences: [SequenceSchema] = [],
        schemas: [String] = [], extensions: [String] = [], roles: [RoleSchema] = [], schemaGrants: [SchemaGrant] = []
    ) {
        self.schemas = schemas
        self.extensions = extensions
        self.enums = enums
        self.sequences = sequences
        self.tables = tables
        self.objects = objects
        self.roles = roles
        self.schemaGrants = schemaGrants
    }
}

/// An enum type. ``PostgresEnum/definition`` makes it.
public struct EnumDefinition: Hashable, Codable, Sendable {
    public var schema: String?
    public var name: String
    /// In the type's order.
    public var labels: [String]
    public var renamedFrom: String?
    /// New labels by old ones.
    public var renamedLabels: [String: String]

    public init(schema: String? = nil, name: String, labels: [String], renamedFrom: String? = nil, renamedLabels: [String: String] = [:]) {
        self.schema = schema
        self.name = name
        self.labels = labels
        self.renamedFrom = renamedFrom
        self.renamedLabels = renamedLabels
    }
}

/// A sequence that belongs to no column.
public struct SequenceSchema: Hashable, Codable, Sendable {
    public var schema: String?
    public var name: String
    public var type: SQLType
    public var options: IdentitySchema

    public init(_ name: String, schema: String? = nil, type: SQLType = .int8, options: IdentitySchema = IdentitySchema(.byDefault)) {
        self.schema = schema
        self.name = name
        self.type = type
        self.options = options
    }
}

/// A function, trigger, view or anything else the model has no type for, as SQL with an identity that stays.
public struct SQLObject: Hashable, Codable, Sendable {
    /// Such as `function.touch_updated_at`.
    public var id: String
    public var create: String
    /// Nil where `create` replaces what is there.
    public var drop: String?
    /// Ids of other objects, and names of tables, that must be there first.
    public var dependsOn: [String]

    public init(_ id: String, create: String, drop: String? = nil, dependsOn: [String] = []) {
        self.id = id
        self.create = create
        self.drop = drop
        self.dependsOn = dependsOn
    }
}
