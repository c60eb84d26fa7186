import Logging
import PostgresClient
import Primitives
import TypedSQL

/// Reads an existing database.
enum SchemaPull {
    static func read(databaseURL: String, schemas: [String], except ledger: LedgerTable, logger: Logger) async throws -> DatabaseSchema {
        try await DatabaseSession.run(url: databaseURL, logger: logger, name: "pull") { connection in
            try await read(on: connection, schemas: schemas, except: ledger)
        }
    }

    static func read(on connection: PostgresConnection, schemas: [String], except ledger: LedgerTable) async throws -> DatabaseSchema {
        try await connection.executeScript("begin; set local search_path = public")
        do {
            var schema = try await Catalog(connection, schemas: schemas).read(roles: [])
            try await connection.executeScript("rollback")
            schema.tables.removeAll { $0.name.schema == withoutPublic(ledger.schema) && $0.name.name.hasPrefix(ledger.table) }
            schema.roles = namedRoles(schema)
            return schema
        } catch {
            try? await connection.executeScript("rollback")
            throw error
        }
    }

    /// Roles that policies and grants need.
    private static func namedRoles(_ schema: DatabaseSchema) -> [RoleSchema] {
        var names = Set(schema.schemaGrants.flatMap(\.roles))
        for table in schema.tables {
            names.formUnion(table.policies.flatMap(\.roles))
            names.formUnion(table.grants.flatMap(\.roles))
        }
        return names.subtracting(["public"]).sorted().map { RoleSchema($0) }
    }

    /// The first migration of a database that was there before it.
    static func writeBaseline(
        _ schema: DatabaseSchema, folder: MigrationFolder, options: MigratorOptions, databaseURL: String, logger: Logger
    ) async throws -> String {
        guard try folder.migrations().migrations.isEmpty else {
            throw MigrationError(.file, "\(folder.path) has migrations already: a baseline is the first.")
        }
        let plan = try MigrationPlan(SchemaDiff(from: DatabaseSchema(tables: []), to: schema))
        let migration = Migration(id: "0001_baseline", sql: MigrationGenerator.text(plan, parents: []))
        _ = try folder.write(id: migration.id, sql: migration.sql, schema: schema)
        try await DatabaseSession.run(url: databaseURL, logger: logger) { connection in
            try await connection.executeScript(MigrationHistory.create(options.ledger))
            try await connection.executeScript(
                "insert into \(options.ledger.name) (id, checksum) values (\(literal(migration.id)), '\\x\(Hex.encode(migration.checksum))')"
            )
        }
        return migration.id
    }
}
