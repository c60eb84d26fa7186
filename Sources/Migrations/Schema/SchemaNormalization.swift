import TypedSQL

extension DatabaseSchema {
    /// The same in one spelling: `public` is said by leaving it out, and nothing is left of renames, which are about the way there.
    var normalized: DatabaseSchema {
        var schema = self
        schema.schemas = schemaNames.subtracting(["public"]).sorted()
        schema.extensions = Set(extensions).subtracting(["plpgsql"]).sorted()
        schema.roles = Set(roles).sorted { $0.name < $1.name }
        schema.schemaGrants = SchemaGrants(schemaGrants).list
        for index in schema.enums.indices { schema.enums[index].normalize() }
        for index in schema.sequences.indices {
            schema.sequences[index].schema = withoutPublic(schema.sequences[index].schema)
            schema.sequences[index].type.normalize()
        }
        for index in schema.tables.indices { schema.tables[index].normalize() }
        schema.objects = objects.inOrderOfDependency
        return schema
    }

    /// Every schema that something is in, said or not.
    var schemaNames: Set<String> {
        Set(schemas + enums.compactMap(\.schema) + sequences.compactMap(\.schema) + tables.compactMap(\.name.schema))
    }
}

extension [SQLObject] {
    /// Those that others depend on first, otherwise as written.
    fileprivate var inOrderOfDependency: [SQLObject] {
        let ids = Set(map(\.id))
        var done: Set<String> = []
        var ordered: [SQLObject] = []
        var remaining = self
        while !remaining.isEmpty {
            // In a circle, the first one: the server will say what is wrong with it.
            let place = remaining.firstIndex { done.isSuperset(of: ids.intersection($0.dependsOn)) } ?? 0
            let object = remaining.remove(at: place)
            done.insert(object.id)
            ordered.append(object)
        }
        return ordered
    }
}

func withoutPublic(_ schema: String?) -> String? { schema == "public" ? nil : schema }

extension TableName {
    mutating func normalize() { schema = withoutPublic(schema) }
}

extension SQLType {
    mutating func normalize() { schema = withoutPublic(schema) }
}

extension EnumDefinition {
    var tableName: TableName { TableName(name, schema: schema) }

    fileprivate mutating func normalize() {
        schema = withoutPublic(schema)
        renamedFrom = nil
        renamedLabels = [:]
    }
}

extension SequenceSchema {
    var tableName: TableName { TableName(name, schema: schema) }
}

extension PartitionSchema {
    fileprivate mutating func normalize() {
        name.normalize()
        for index in partitions.indices { partitions[index].normalize() }
    }
}

extension TableSchema {
    fileprivate mutating func normalize() {
        name.normalize()
        renamedFrom = nil
        for index in columns.indices {
            columns[index].renamedFrom = nil
            columns[index].type.normalize()
            // An identity and a key are never NULL, whatever the declaration says.
            if columns[index].identity != nil || primaryKey?.columns.contains(columns[index].name) == true {
                columns[index].isNullable = false
            }
        }
        for index in foreignKeys.indices { foreignKeys[index].table.normalize() }
        for index in indexes.indices {
            indexes[index].method = indexes[index].method.lowercased()
            for element in indexes[index].elements.indices { indexes[index].elements[element].normalize() }
        }
        for index in exclusions.indices {
            for element in exclusions[index].elements.indices { exclusions[index].elements[element].element.normalize() }
        }
        for index in partitions.indices { partitions[index].normalize() }
        grants = TableGrants(grants).list
    }
}

extension IndexElement {
    /// What says the order's own rule about NULLs says nothing.
    fileprivate mutating func normalize() { if nullsFirst == isDescending { nullsFirst = nil } }
}

/// Privileges by role.
struct TableGrants: Hashable {
    var privileges: [String: Set<GrantSchema.Privilege>] = [:]

    init(_ grants: [GrantSchema]) {
        for grant in grants {
            for role in grant.roles { privileges[role, default: []].formUnion(grant.privileges) }
        }
    }

    var list: [GrantSchema] {
        privileges.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map { role, set in
            GrantSchema(privileges: GrantSchema.Privilege.allCases.filter(set.contains), roles: [role])
        }
    }
}

/// Privileges on schemas by schema and role.
struct SchemaGrants: Hashable {
    var privileges: [String: [String: Set<SchemaGrant.Privilege>]] = [:]

    init(_ grants: [SchemaGrant]) {
        for grant in grants {
            for role in grant.roles { privileges[grant.schema, default: [:]][role, default: []].formUnion(grant.privileges) }
        }
    }

    var list: [SchemaGrant] {
        privileges.sorted { $0.key < $1.key }.flatMap { schema, roles in
            roles.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map { role, set in
                SchemaGrant(SchemaGrant.Privilege.allCases.filter(set.contains), on: schema, to: [role])
            }
        }
    }
}
