import Testing
import TypedSQL

@testable import Migrations

@Suite("Generate")
struct GeneratorTests {
    private func table(_ name: String, _ columns: [(String, SQLType)], _ change: (inout TableSchema) -> Void = { _ in }) -> TableSchema {
        var table = TableSchema(name: TableName(name))
        table.columns = columns.map { ColumnSchema(name: $0.0, type: $0.1, isNullable: false) }
        change(&table)
        return table
    }

    private func write(_ schema: DatabaseSchema, in folder: TemporaryFolder, _ options: GenerateOptions = GenerateOptions()) throws
        -> String
    {
        let generator = MigrationGenerator(folder.migrations)
        let migration = try #require(try generator.migration(to: schema, options: options))
        _ = try generator.write(migration)
        return migration.sql
    }

    @Test("The same input gives the same bytes, and reads like written by hand")
    func bytes() throws {
        let runs = table("runs", [("id", .uuid), ("state", .custom("run_state")), ("order", .int4)]) {
            $0.primaryKey = PrimaryKeySchema(name: "runs_pkey", columns: ["id"])
            $0.columns[1].defaultValue = "'it''s'"
            $0.indexes = [
                IndexSchema(
                    name: "runs_idx", isUnique: false, method: "btree", elements: [IndexElement(expression: "\"order\"")],
                    isConcurrent: true)
            ]
            $0.comment = "what \"runs\""
        }
        let schema = DatabaseSchema(tables: [runs], enums: [EnumDefinition(name: "run_state", labels: ["it's", "b"])])
        let first = try TemporaryFolder()
        let second = try TemporaryFolder()
        let sql = try write(schema, in: first)
        _ = try write(schema, in: second)
        #expect(
            sql == """
                -- parents: none

                create type run_state as enum ('it''s', 'b');

                create table runs (
                    id uuid not null,
                    state run_state default 'it''s' not null,
                    "order" int4 not null,
                    constraint runs_pkey primary key (id)
                );

                create index runs_idx on runs using btree ("order");

                comment on table runs is 'what "runs"';

                """)
        for file in ["0001_initial/up.sql", "0001_initial/schema.json"] { #expect(try first.read(file) == second.read(file)) }
        #expect(try first.migrations.snapshot("0001_initial") == schema.normalized)
    }

    @Test("A computed column that is renamed while what it reads gets another type is made anew under the new name")
    func renamedAndRemade() async throws {
        let url = try await freshDatabase()
        let folder = try TemporaryFolder()
        let before = DatabaseSchema(tables: [
            table("runs", [("title", .varchar(9)), ("loud", .text), ("plain", .text)]) {
                $0.columns[1].generated = "upper((title)::text)"
                $0.columns[1].isNullable = true
            }
        ])
        try await folder.migrate(url, to: before)
        try await run("insert into runs (title, plain) values ('one', 'two')", on: url)
        var after = before
        after.tables[0].columns[0].type = .text
        after.tables[0].columns[1].name = "shouted"
        after.tables[0].columns[1].renamedFrom = "loud"
        after.tables[0].columns[1].generated = "upper(title)"
        // And one that was a plain column: its values are lost, under the name that it had.
        after.tables[0].columns[2].name = "computed"
        after.tables[0].columns[2].renamedFrom = "plain"
        after.tables[0].columns[2].generated = "lower(title)"
        after.tables[0].columns[2].isNullable = true
        let migration = try #require(try await folder.migrate(url, to: after))
        #expect(migration.losses == ["drop-column runs.plain"] && !migration.sql.contains("rename"))
        #expect(try await strings("select title || shouted || computed from runs", on: url) == ["oneONEone"])
        let differences = try await onDatabase(url) { try await SchemaCheck(after).differences(on: $0) }
        #expect(differences.isEmpty)
    }

    @Test("Renames are declared or given, never guessed; they keep rows")
    func renames() async throws {
        let url = try await freshDatabase()
        let folder = try TemporaryFolder()
        let before = DatabaseSchema(
            tables: [
                table("runs", [("title", .text), ("state", .custom("mood"))]) {
                    $0.checks = [CheckSchema(name: "short", expression: "length(\"title\") < 9")]
                }
            ], enums: [EnumDefinition(name: "mood", labels: ["good", "bad"])])
        try await folder.migrate(url, to: before)
        try await run("insert into runs values ('one', 'good')", on: url)

        var after = before
        after.enums[0].labels = ["fine", "bad"]
        after.tables[0].columns[0].name = "name"
        after.tables[0].checks[0].expression = "length(\"name\") < 9"
        let generator = MigrationGenerator(folder.migrations)
        let guess = #expect(throws: MigrationError.self) { try generator.migration(to: after) }
        #expect(guess?.code == .ambiguous && guess?.description.contains("--rename column:runs.title=name") == true)
        #expect(
            guess?.description.contains("--drop column:runs.title") == true
                && guess?.description.contains(#"@Column(.renamedFrom("title"))"#) == true)

        var options = GenerateOptions()
        options.renames = [try RenameHint("column:runs.title=name"), try RenameHint("value:mood.good=fine")]
        let byFlag = try #require(try generator.migration(to: after, options: options))
        after.tables[0].columns[0].renamedFrom = "title"
        after.enums[0].renamedLabels = ["good": "fine"]
        let byDeclaration = try #require(try generator.migration(to: after))
        #expect(byFlag == byDeclaration && byFlag.losses.isEmpty)
        #expect(byFlag.sql.contains("alter table runs rename column title to name;") && !byFlag.sql.contains("short"))
        options.renames = [try RenameHint("table:nothing=runs")]
        #expect(throws: MigrationError.self) { try generator.migration(to: after, options: options) }
        #expect(throws: MigrationError.self) { try RenameHint("column:runs=x") }

        try await folder.migrate(url, to: after)
        #expect(try await strings("select name || state from runs", on: url) == ["onefine"])
        // The declaration may keep saying where a name came from.
        #expect(try generator.migration(to: after) == nil)
    }

    @Test("What may be lost is written down and not allowed; what only looks so is")
    func losses() throws {
        let folder = try TemporaryFolder()
        _ = try write(
            DatabaseSchema(tables: [table("a", [("id", .int4), ("n", .int4), ("t", .text)]), table("b", [("id", .int4)])]), in: folder)
        let sql = try write(DatabaseSchema(tables: [table("a", [("id", .int8), ("n", .int2)])]), in: folder)
        #expect(sql.contains("-- lossy: drop-table b\n-- lossy: drop-column a.t\n-- lossy: change-type a.n\n-- allow: change-type a.id\n"))
        let migration = Migration(id: "x", sql: sql)
        #expect(throws: MigrationError.self) { try DestructiveChanges.check(migration) }
        try DestructiveChanges.check(Migration(id: "x", sql: sql.replacing("lossy:", with: "allow:")))
    }

    @Test("Heads of branches are merged unless both changed one thing")
    func merge() throws {
        let folder = try TemporaryFolder()
        let base = table("base", [("id", .int4)])
        _ = try write(DatabaseSchema(tables: [base]), in: folder)
        // Two branches, each from 0001.
        let other = try TemporaryFolder()
        _ = try write(DatabaseSchema(tables: [base]), in: other)
        var options = GenerateOptions()
        options.name = "left"
        _ = try write(DatabaseSchema(tables: [base, table("left_one", [("id", .int4)])]), in: folder, options)
        options.name = "right"
        var changed = base
        changed.comment = "changed"
        _ = try write(DatabaseSchema(tables: [changed, table("right_one", [("id", .int4)])]), in: other, options)
        for file in ["up.sql", "schema.json"] { try folder.write(other.read("0002_right/\(file)"), to: "0002_right/\(file)") }
        let generator = MigrationGenerator(folder.migrations)
        let heads = #expect(throws: MigrationError.self) { try generator.migration(to: DatabaseSchema(tables: [base])) }
        #expect(heads?.code == .heads && heads?.description.contains("--merge") == true)
        options = GenerateOptions()
        options.isMerge = true
        let merged = try #require(try generator.migration(to: DatabaseSchema(tables: []), options: options))
        #expect(merged.id == "0003_merge" && Set(merged.schema.tables.map(\.name.name)) == ["base", "left_one", "right_one"])
        #expect(merged.schema.tables.first { $0.name.name == "base" }?.comment == "changed")
        _ = try generator.write(merged)
        #expect(try folder.migrations.migrations().heads == ["0003_merge"])
        #expect(try generator.migration(to: merged.schema) == nil)

        // Both touch `base`.
        var clash = base
        clash.comment = "otherwise"
        try folder.remove("0003_merge")
        try folder.write(Snapshot.text(of: DatabaseSchema(tables: [clash])), to: "0002_left/schema.json")
        let conflict = #expect(throws: MigrationError.self) { try generator.migration(to: DatabaseSchema(tables: []), options: options) }
        #expect(conflict?.code == .conflict && conflict?.description.contains("table base") == true)
    }

    @Test("A custom migration is empty and keeps the snapshot; a damaged snapshot says so")
    func custom() throws {
        let folder = try TemporaryFolder()
        let schema = DatabaseSchema(tables: [table("a", [("id", .int4)])])
        _ = try write(schema, in: folder)
        var options = GenerateOptions()
        options.isCustom = true
        options.name = "Fill the rows"
        #expect(try write(schema, in: folder, options).contains("-- Your SQL here."))
        #expect(try folder.migrations.snapshot("0002_fill_the_rows") == schema)
        try folder.write("{", to: "0002_fill_the_rows/schema.json")
        let error = #expect(throws: MigrationError.self) { try MigrationGenerator(folder.migrations).migration(to: schema) }
        #expect(error?.description.contains("0002_fill_the_rows/schema.json") == true)
    }
}
