import JSON
import Testing

@testable import Migrations

/// A stranger's package: its tables, its commands, from nothing to a served database.
@Suite("Example")
struct ExampleTests {
    @Test("Generate, review, migrate, check, seed, serve")
    func story() async throws {
        let folder = try TemporaryFolder()
        let program = ExampleProgram(databaseURL: try await freshDatabase(), folder: folder.path)

        let empty = try await program.run("check --json")
        #expect(try empty.code == 3 && JSONValue(parsing: empty.output)["differences"]?.array?.isEmpty == false)

        let generated = try await program.run("generate --name library")
        #expect(generated.code == 0 && generated.output.contains("0001_library"), "\(generated.output)")
        #expect(try folder.read("0001_library/up.sql").contains("create table book ("))
        #expect(try await program.run("generate").output.contains("Nothing has changed."))

        let refused = try await program.run("serve")
        #expect(refused.code == 1 && refused.output == "The database lacks 1 migration. Run: library db migrate\n")
        let plan = try await program.run("migrate --dry-run")
        #expect(plan.code == 0 && plan.output.contains("create table loan"))
        let status = try await program.run("status --json")
        #expect(try status.code == 3 && JSONValue(parsing: status.output)["pending"]?.array?.count == 1)

        let migrated = try await program.run("migrate --json")
        #expect(
            try migrated.code == 0 && JSONValue(parsing: migrated.output)["applied"]?[0]?.string == "0001_library", "\(migrated.output)")
        #expect(try await program.run("migrate").output == "The database is up to date.\n")
        #expect(try await program.run("check").output == "The database is what is declared.\n")
        #expect(try await program.run("status").code == 0)
        #expect(try await program.run("seed").code == 0)
        #expect(try await program.run("serve").output == "serving\n")
        #expect(try await strings("select title from book", on: program.databaseURL) == ["A Book"])

        try folder.write(try folder.read("0001_library/up.sql") + "-- later\n", to: "0001_library/up.sql")
        let changed = try await program.run("migrate --json")
        #expect(try changed.code == 1 && JSONValue(parsing: changed.output)["error"]?["code"]?.string == "changed")
    }

    @Test("Two branches that were merged, and a loss: each stops the run until somebody decides")
    func branches() async throws {
        let folder = try TemporaryFolder()
        let program = ExampleProgram(databaseURL: try await freshDatabase(), folder: folder.path)
        #expect(try await program.run("generate --dry-run").output.contains("create table book ("))
        #expect(try await program.run("generate").code == 0)
        #expect(try await program.run("migrate").code == 0)
        #expect(try await program.run("generate --custom --name ours").code == 0)
        try folder.write(try folder.read("0002_ours/up.sql") + "create index book_title_idx on book (title);\n", to: "0002_ours/up.sql")
        try folder.write("-- parents: 0001_initial\nalter table book drop column pages;\n", to: "0002_theirs/up.sql")
        try folder.write(try folder.read("0002_ours/schema.json"), to: "0002_theirs/schema.json")

        let heads = try await program.run("migrate --json")
        #expect(try heads.code == 1 && JSONValue(parsing: heads.output)["error"]?["code"]?.string == "heads", "\(heads.output)")
        #expect(try await program.run("status").output.contains("heads    0002_ours, 0002_theirs"))
        #expect(try await program.run("generate --merge").output.contains("0003_merge"))

        let lossy = try await program.run("migrate")
        #expect(lossy.code == 1 && lossy.output.contains("-- allow: drop-column book.pages"), "\(lossy.output)")
        #expect(
            try await strings("select indexname::text from pg_indexes where indexname = 'book_title_idx'", on: program.databaseURL) == [])
        try folder.write(
            "-- parents: 0001_initial\n-- allow: drop-column book.pages\nalter table book drop column pages;\n", to: "0002_theirs/up.sql")
        let migrated = try await program.run("migrate")
        #expect(migrated.output == "Applied 0002_ours\nApplied 0002_theirs\nApplied 0003_merge\n", "\(migrated.output)")
        // What was written by hand is not what is declared, and is named.
        let check = try await program.run("check")
        #expect(check.code == 3 && check.output.contains("column book.pages is missing"), "\(check.output)")
        let lint = try await program.run("lint")
        #expect(lint.code == 0, "the newest only joins: \(lint.output)")
        #expect(try await program.run("pull").output.contains("struct Loan"))
        #expect(try await program.run("generate --rename nonsense").code == 1)
    }

    @Test("An unreachable database is one line, not a crash")
    func unreachable() async throws {
        let folder = try TemporaryFolder()
        let program = ExampleProgram(databaseURL: "postgresql://nobody:secret@127.0.0.1:1/none", folder: folder.path)
        for command in ["migrate", "status"] {
            let run = try await program.run(command)
            #expect(run.code == 1 && !run.output.contains("secret"), "\(run.output)")
        }
        let json = try await program.run("check --json")
        #expect(try JSONValue(parsing: json.output)["error"]?["code"]?.string == "connection", "\(json.output)")
    }
}
