import BullMQOutbox
import Logging
import PostgresClient
import TestServices
import Testing
import TypedSQL

@testable import Mainstay

/// The tables as declared beside the tables as migrations make them: two databases, looked at through PostgreSQL's own catalog.
@Suite(.timeLimit(.minutes(2))) struct DeclaredSchemaTests {
    private static let quiet: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    @Test("A database made from the declarations equals a migrated one")
    func declaredEqualsMigrated() async throws {
        let migrated = try await TestServices.shared().freshDatabase()
        _ = try await Migrator(databaseURL: migrated, logger: Self.quiet).migrate()
        let declared = try await TestServices.shared().freshDatabase()
        let schema = MainstaySchema.database
        try await withPool(declared) { pool in
            // The roles are there: the other database's migration made them, for the cluster.
            try await pool.withConnection { try await $0.executeScript(schema.createStatements.joined(separator: ";\n")) }
        }
        for (subject, query) in Self.catalog {
            let ours = try await read(query, declared)
            let theirs = try await read(query, migrated)
            #expect(ours.count > 5)
            #expect(ours.subtracting(theirs) == [], "\(subject) only declared")
            #expect(theirs.subtracting(ours) == [], "\(subject) only migrated")
        }
    }

    @Test("The outbox is declared as BullMQOutbox makes it")
    func outbox() async throws {
        let theirs = try await TestServices.shared().freshDatabase()
        try await withPool(theirs) { pool in try await pool.withConnection { try await $0.executeScript(OutboxSchema.sql) } }
        let ours = try await TestServices.shared().freshDatabase()
        var table = OutboxRow.schema
        table.grants = []
        let statements = DatabaseSchema(tables: [table]).createStatements
        try await withPool(ours) { pool in try await pool.withConnection { try await $0.executeScript(statements.joined(separator: ";\n")) }
        }
        for (subject, query) in Self.catalog { #expect(try await read(query, ours) == read(query, theirs), "\(subject)") }
    }

    // MARK: -

    /// Of tables that the declarations know: maintenance makes partitions of its own, named for their day.
    private static let catalog: [(String, SQL)] = [
        (
            "columns",
            """
            select format('%s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                          pg_get_expr(d.adbin, d.adrelid))
            from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and c.relname !~ '_[0-9]{8}$'
            """
        ),
        (
            "constraints",
            """
            select format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint
            where connamespace = 'public'::regnamespace and conrelid::regclass::text !~ '_[0-9]{8}$'
            """
        ),
        (
            "indexes",
            "select indexdef from pg_indexes where schemaname = 'public' and tablename !~ '_[0-9]{8}$'"
        ),
        (
            "policies",
            """
            select format('%s %s %s %s %s %s', tablename, policyname, roles, cmd, qual, with_check) from pg_policies
            union all select format('%s %s %s', relname, relrowsecurity, relforcerowsecurity) from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname !~ '_[0-9]{8}$'
            """
        ),
        (
            "grants",
            """
            select format('%s %s %s', table_name, grantee, privilege_type) from information_schema.role_table_grants
            where table_schema = 'public' and table_name !~ '_[0-9]{8}$'
            """
        ),
    ]

    private func read(_ query: SQL, _ url: String) async throws -> Set<String> {
        try await withPool(url) { pool in Set(try await pool.query(query).decode(String.self)) }
    }

    private func withPool<Result: Sendable>(
        _ url: String, _ body: @escaping @Sendable (PostgresPool) async throws -> Result
    ) async throws -> Result {
        let pool = try PostgresPool(PostgresPoolConfiguration(url: url), logger: Self.quiet)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            do {
                let result = try await body(pool)
                await pool.close()
                return result
            } catch {
                await pool.close()
                throw error
            }
        }
    }
}
