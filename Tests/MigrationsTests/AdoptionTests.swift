import JSON
import Testing
import TypedSQL

@testable import Migrations

/// A database that another program made tables in, some of which are declared here as well.
@Suite("Adoption")
struct AdoptionTests {
    private static let schema: DatabaseSchema = {
        var person = TableSchema(name: TableName("person"))
        person.columns = [
            ColumnSchema(name: "id", type: .text, isNullable: false), ColumnSchema(name: "email", type: .text, isNullable: false),
        ]
        person.primaryKey = PrimaryKeySchema(name: "person_pkey", columns: ["id"])
        person.uniques = [UniqueSchema(name: "person_email_key", columns: ["email"])]
        var visit = TableSchema(name: TableName("visit"))
        visit.columns = [
            ColumnSchema(name: "id", type: .int8, isNullable: false), ColumnSchema(name: "person_id", type: .text, isNullable: false),
        ]
        visit.primaryKey = PrimaryKeySchema(name: "visit_pkey", columns: ["id"])
        visit.foreignKeys = [
            ForeignKeySchema(name: "visit_person", columns: ["person_id"], table: TableName("person"), referencedColumns: ["id"])
        ]
        visit.indexes = [
            IndexSchema(name: "visit_person_idx", isUnique: false, method: "btree", elements: [IndexElement(expression: "\"person_id\"")])
        ]
        var own = TableSchema(name: TableName("own"))
        own.columns = [ColumnSchema(name: "id", type: .int8, isNullable: false)]
        return DatabaseSchema(tables: [person, visit, own])
    }()

    private func commands(_ url: String, _ folder: TemporaryFolder) -> DatabaseCommands {
        var commands = DatabaseCommands(schema: Self.schema, folder: folder.migrations, databaseURL: url, logger: quiet)
        commands.adopting = ["person", "visit"]
        return commands
    }

    @Test("What is there stays as it is, with its rows; what is missing is made; the check asks for no more than what is declared")
    func adopted() async throws {
        let url = try await freshDatabase()
        try await run(
            """
            create table person (id text primary key, email text not null, nickname text unique, constraint person_email_key unique (email));
            insert into person values ('a', 'a@example.com', 'ann');
            """, on: url)
        let commands = commands(url, try TemporaryFolder())
        #expect(await commands.generate().exitCode == 0)
        let migrated = await commands.migrate()
        #expect(migrated.exitCode == 0, "\(migrated.text)")
        #expect(try await strings("select nickname from person", on: url) == ["ann"])
        #expect(try await strings("select indexname::text from pg_indexes where tablename = 'visit' order by 1", on: url).count == 2)
        let check = await commands.check()
        #expect(check.exitCode == 0, "\(check.text)")
        // Less than what is declared, or another type, is a difference all the same.
        try await run("alter table person drop column email; alter table visit alter column id type int", on: url)
        let text = await commands.check().text
        #expect(text.contains("column person.email is missing") && text.contains("column visit.id has the type int4"), "\(text)")
        var ignoring = commands
        ignoring.ignoring = ["person.email", "visit.id", "constraint person_email_key of person"]
        #expect(await ignoring.check().exitCode == 0)
    }

    @Test("From nothing it is the declared database, and later columns and indexes are made where they are missing")
    func nothing() async throws {
        let url = try await freshDatabase()
        let folder = try TemporaryFolder()
        var commands = commands(url, folder)
        _ = await commands.generate()
        _ = await commands.migrate()
        #expect(try await SchemaCheck(Self.schema).differences(databaseURL: url, logger: quiet) == [])
        commands.schema.tables[0].columns.append(ColumnSchema(name: "name", type: .text, isNullable: true))
        let generated = await commands.generate()
        #expect(generated.json["sql"]?.string?.contains("alter table person add column if not exists name text;") == true)
        // The other program was first.
        try await run("alter table person add column name text", on: url)
        let migrated = await commands.migrate()
        #expect(migrated.exitCode == 0, "\(migrated.text)")
    }

    @Test("A key to a table that is made later is refused in words")
    func order() throws {
        let folder = try TemporaryFolder()
        var options = GenerateOptions()
        options.adopting = ["visit"]
        let schema = DatabaseSchema(tables: Self.schema.tables.reversed())
        let error = #expect(throws: MigrationError.self) {
            try MigrationGenerator(folder.migrations).migration(to: schema, options: options)
        }
        #expect(error?.code == .unsupported && error?.description.contains("declare that table first") == true)
    }
}
