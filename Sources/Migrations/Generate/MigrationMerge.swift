import TypedSQL

/// Joins the heads of branches: a migration without SQL whose snapshot has the changes of all.
struct MigrationMerge {
    private let folder: MigrationFolder
    private let list: MigrationList

    init(_ folder: MigrationFolder, _ list: MigrationList) {
        self.folder = folder
        self.list = list
    }

    func migration(_ options: GenerateOptions) throws(MigrationError) -> GeneratedMigration? {
        let heads = list.heads
        guard heads.count > 1 else { return nil }
        var common = list.ancestors(of: heads[0])
        for head in heads.dropFirst() { common.formIntersection(list.ancestors(of: head)) }
        // The last one that all share; in the order of application its own ancestors come before it.
        let fork = list.migrations.last { common.contains($0.id) }?.id
        let base = Parts(try fork.map { id throws(MigrationError) in try folder.snapshot(id) } ?? DatabaseSchema(tables: []))
        var merged = base
        var touched: [String: String] = [:]
        for head in heads {
            let parts = Parts(try folder.snapshot(head))
            for key in Set(parts.values.keys).union(base.values.keys).sorted() where parts.values[key] != base.values[key] {
                if let other = touched[key], merged.values[key] != parts.values[key] {
                    throw MigrationError(
                        .conflict,
                        "\(other) and \(head) both change \(key), each in its own way. Take one back and generate it again on top of the other."
                    )
                }
                touched[key] = head
                merged.values[key] = parts.values[key]
            }
            merged.order += parts.order.filter { !merged.order.contains($0) }
        }
        let id = MigrationGenerator.nextNumber(list) + "_" + (options.name.map(MigrationGenerator.slug) ?? "merge")
        let sql = "-- parents: \(heads.joined(separator: " "))\n-- Joins branches; there is nothing to run.\n"
        return GeneratedMigration(id: id, sql: sql, schema: merged.schema, losses: [])
    }
}

/// A schema cut into pieces that two branches may change side by side.
private struct Parts {
    enum Piece: Hashable {
        case table(TableSchema)
        case type(EnumDefinition)
        case sequence(SequenceSchema)
        case object(SQLObject)
        case schema(String)
        case extensionName(String)
        case role(RoleSchema)
        case schemaGrant(SchemaGrant)
    }

    var values: [String: Piece] = [:]
    var order: [String] = []

    init(_ schema: DatabaseSchema) {
        let schema = schema.normalized
        for name in schema.schemas { add("schema \(name)", .schema(name)) }
        for name in schema.extensions { add("extension \(name)", .extensionName(name)) }
        for role in schema.roles { add("role \(role.name)", .role(role)) }
        for grant in schema.schemaGrants { add("grants on schema \(grant.schema) to \(grant.roles.joined())", .schemaGrant(grant)) }
        for type in schema.enums { add("type \(type.tableName.plain)", .type(type)) }
        for sequence in schema.sequences { add("sequence \(sequence.tableName.plain)", .sequence(sequence)) }
        for table in schema.tables { add("table \(table.name.plain)", .table(table)) }
        for object in schema.objects { add("object \(object.id)", .object(object)) }
    }

    private mutating func add(_ key: String, _ piece: Piece) {
        values[key] = piece
        order.append(key)
    }

    var schema: DatabaseSchema {
        var schema = DatabaseSchema(tables: [])
        for piece in order.compactMap({ values[$0] }) {
            switch piece {
            case .table(let table): schema.tables.append(table)
            case .type(let type): schema.enums.append(type)
            case .sequence(let sequence): schema.sequences.append(sequence)
            case .object(let object): schema.objects.append(object)
            case .schema(let name): schema.schemas.append(name)
            case .extensionName(let name): schema.extensions.append(name)
            case .role(let role): schema.roles.append(role)
            case .schemaGrant(let grant): schema.schemaGrants.append(grant)
            }
        }
        return schema.normalized
    }
}
