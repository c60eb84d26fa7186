import PostgresClient
import TypedSQL

/// How the server itself spells a declared schema: it is made beside the real one, read back, and rolled back.
struct ShadowSchema {
    /// Inside a transaction that is never committed. Nothing outside the shadow's own schemas is touched.
    static func read(_ declared: DatabaseSchema, on connection: PostgresConnection, missingExtensions: [String]) async throws
        -> DatabaseSchema
    {
        let schema = declared.normalized
        let suffix = String(UInt32.random(in: .min ... .max), radix: 36)
        var names = ["public": "shadow_\(suffix)"]
        for (number, name) in schema.schemas.enumerated() { names[name] = "shadow_\(suffix)_\(number)" }
        let mapped = map(schema, names)
        let plan = try MigrationPlan(SchemaDiff(from: DatabaseSchema(tables: []), to: mapped))
        var script = names.values.sorted().map { "create schema \($0)" }
        script.append("set local search_path = shadow_\(suffix), public")
        script += missingExtensions.map { "create extension if not exists \(quoted($0))" }
        script += plan.statements.filter { ![.schemas, .extensions, .roles].contains($0.phase) }.map(\.sql)
        try await connection.executeScript(script.joined(separator: ";\n"))
        let back = Dictionary(names.map { ($0.value, $0.key) }) { first, _ in first }
        var result = try await Catalog(connection, schemas: names.values.sorted(), shadow: back).read(roles: schema.roles.map(\.name))
        result.extensions = schema.extensions
        result.roles = schema.roles
        return result
    }

    private static func map(_ schema: DatabaseSchema, _ names: [String: String]) -> DatabaseSchema {
        func rename(_ name: String?) -> String? { name.map { names[$0] ?? $0 } }
        func expression(_ text: String) -> String {
            NameReplacement.schemas(in: text) { name in names[name].map { .some($0) } }
        }
        var schema = schema
        schema.schemas = []
        schema.roles = []
        for index in schema.schemaGrants.indices { schema.schemaGrants[index].schema = names[schema.schemaGrants[index].schema] ?? "" }
        for index in schema.enums.indices { schema.enums[index].schema = rename(schema.enums[index].schema) }
        for index in schema.sequences.indices { schema.sequences[index].schema = rename(schema.sequences[index].schema) }
        for index in schema.tables.indices {
            schema.tables[index].name.schema = rename(schema.tables[index].name.schema)
            for column in schema.tables[index].columns.indices {
                schema.tables[index].columns[column].type.schema = rename(schema.tables[index].columns[column].type.schema)
            }
            for key in schema.tables[index].foreignKeys.indices {
                schema.tables[index].foreignKeys[key].table.schema = rename(schema.tables[index].foreignKeys[key].table.schema)
            }
            for place in schema.tables[index].indexes.indices { schema.tables[index].indexes[place].isConcurrent = false }
            schema.tables[index].partitions = schema.tables[index].partitions.map { map($0, rename) }
            schema.tables[index].mapNames({ $0 }, expression)
        }
        for index in schema.objects.indices { schema.objects[index].create = expression(schema.objects[index].create) }
        return schema
    }

    private static func map(_ partition: PartitionSchema, _ rename: (String?) -> String?) -> PartitionSchema {
        var partition = partition
        partition.name.schema = rename(partition.name.schema)
        partition.partitions = partition.partitions.map { map($0, rename) }
        return partition
    }
}
