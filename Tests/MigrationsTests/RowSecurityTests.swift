import PostgresClient
import Testing
import TypedSQL

@testable import Migrations

/// Forced row security hides rows from the owner as well, and so from the server when it looks for rows that break a new key.
@Suite("Forced row security")
struct RowSecurityTests {
    private func table(_ name: String, forced: Bool) -> TableSchema {
        var table = TableSchema(name: TableName(name))
        table.columns = [
            ColumnSchema(name: "id", type: .int8, isNullable: false), ColumnSchema(name: "parent_id", type: .int8, isNullable: false),
        ]
        table.primaryKey = PrimaryKeySchema(name: "\(name)_pkey", columns: ["id"])
        if forced { table.rowSecurity = .forced }
        return table
    }

    private func key(isValidated: Bool = true) -> ForeignKeySchema {
        var key = ForeignKeySchema(name: "child_parent", columns: ["parent_id"], table: TableName("parent"), referencedColumns: ["id"])
        key.isValidated = isValidated
        return key
    }

    /// Two tables with rows, whose owner sees none of them where security is forced.
    private func database(parent: Bool, child: Bool, children: String, in folder: TemporaryFolder) async throws -> (String, DatabaseSchema)
    {
        let url = try await freshDatabase()
        let schema = DatabaseSchema(tables: [table("parent", forced: parent), table("child", forced: child)])
        try await folder.migrate(url, to: schema)
        try await run(
            """
            alter table parent no force row level security; alter table child no force row level security;
            insert into parent values (1, 0), (2, 0); insert into child values \(children);
            alter table parent \(parent ? "" : "no ")force row level security; alter table child \(child ? "" : "no ")force row level security;
            """, on: url)
        return (url, schema)
    }

    private func failure(_ folder: TemporaryFolder, _ url: String, _ schema: DatabaseSchema) async throws -> MigrationError? {
        do {
            try await folder.migrate(url, to: schema)
            return nil
        } catch let error as MigrationError {
            return error
        }
    }

    private let isForced = "select relname::text from pg_class where relforcerowsecurity order by 1"

    @Test("A key whose rows are all there is added", arguments: [(true, true), (true, false), (false, true)])
    func kept(parent: Bool, child: Bool) async throws {
        let folder = try TemporaryFolder()
        var (url, schema) = try await database(parent: parent, child: child, children: "(1, 1), (2, 2)", in: folder)
        let before = try await strings(isForced, on: url)
        schema.tables[1].foreignKeys = [key()]
        try await folder.migrate(url, to: schema)
        #expect(try await SchemaCheck(schema).differences(databaseURL: url, logger: quiet) == [])
        #expect(try await strings(isForced, on: url) == before)
    }

    @Test("A key that rows break is refused, though the owner does not see them, and nothing stays behind")
    func broken() async throws {
        let folder = try TemporaryFolder()
        var (url, schema) = try await database(parent: true, child: true, children: "(1, 1), (2, 7)", in: folder)
        schema.tables[1].foreignKeys = [key()]
        let failure = try await failure(folder, url, schema)
        #expect(failure?.sqlState == "23503")
        #expect(try await strings(isForced, on: url) == ["child", "parent"])
        #expect(try await strings("select conname::text from pg_constraint where contype = 'f'", on: url) == [])
    }

    @Test("Validating reads every row, with no lock but its own while it reads, and row security is forced again after it")
    func validated() async throws {
        let folder = try TemporaryFolder()
        var (url, schema) = try await database(parent: true, child: true, children: "(1, 1), (2, 7)", in: folder)
        schema.tables[1].foreignKeys = [key(isValidated: false)]
        try await folder.migrate(url, to: schema)
        schema.tables[1].foreignKeys = [key()]
        let failure = try await failure(folder, url, schema)
        #expect(failure?.sqlState == "23503")
        try await run("alter table child no force row level security; delete from child where id = 2", on: url)
        // The folder has the migration, and its first step is applied: the next run goes on.
        let applied = try await Migrator(folder.migrations.migrations(), logger: quiet).migrate(databaseURL: url)
        #expect(applied.count == 1)
        #expect(try await SchemaCheck(schema).differences(databaseURL: url, logger: quiet) == [])
        #expect(try await strings(isForced, on: url) == ["child", "parent"])
        let sql = try folder.read("\(applied[0])/up.sql")
        #expect(sql.contains("-- step\nalter table child validate constraint child_parent;"), "\(sql)")
    }

    @Test("An identity for a column that has values goes on behind them")
    func identity() async throws {
        let folder = try TemporaryFolder()
        var (url, schema) = try await database(parent: false, child: true, children: "(1, 1), (41, 2)", in: folder)
        schema.tables[1].columns[0].identity = IdentitySchema(.byDefault)
        try await folder.migrate(url, to: schema)
        try await insert("insert into child (parent_id) values (1)", on: url)
        let ids = try await read("select max(id)::text from child", on: url)
        #expect(ids == ["42"])
    }

    // As the owner, who is let through for the moment.
    private let opened = "begin; alter table child no force row level security;"

    private func insert(_ sql: String, on url: String) async throws {
        try await run("\(opened) \(sql); alter table child force row level security; commit", on: url)
    }

    private func read(_ sql: String, on url: String) async throws -> [String] {
        try await onDatabase(url) { connection in
            try await connection.executeScript(opened)
            let found = try await connection.query(SQL(unsafeRaw: sql)).decode(String.self)
            try await connection.executeScript("rollback")
            return found
        }
    }
}
