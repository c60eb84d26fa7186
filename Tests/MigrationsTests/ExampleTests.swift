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

        let empty = try program.run("check --json")
        #expect(try empty.code == 3 && JSONValue(parsing: empty.output)["differences"]?.array?.isEmpty == false)

        let generated = try program.run("generate --name library")
        #expect(generated.code == 0 && generated.output.contains("0001_library"), "\(generated.output)")
        #expect(try folder.read("0001_library/up.sql").contains("create table book ("))
        #expect(try program.run("generate").output.contains("Nothing has changed."))

        let refused = try program.run("serve")
        #expect(refused.code == 1 && refused.output == "The database lacks 1 migration. Run: library db migrate\n")
        let plan = try program.run("migrate --dry-run")
        #expect(plan.code == 0 && plan.output.contains("create table loan"))
        let status = try program.run("status --json")
        #expect(try status.code == 3 && JSONValue(parsing: status.output)["pending"]?.array?.count == 1)

        let migrated = try program.run("migrate --json")
        #expect(
            try migrated.code == 0 && JSONValue(parsing: migrated.output)["applied"]?[0]?.string == "0001_library", "\(migrated.output)")
        #expect(try program.run("migrate").output == "The database is up to date.\n")
        #expect(try program.run("check").output == "The database is what is declared.\n")
        #expect(try program.run("status").code == 0)
        #expect(try program.run("seed").code == 0)
        #expect(try program.run("serve").output == "serving\n")
        #expect(try await strings("select title from book", on: program.databaseURL) == ["A Book"])

        try folder.write(try folder.read("0001_library/up.sql") + "-- later\n", to: "0001_library/up.sql")
        let changed = try program.run("migrate --json")
        #expect(try changed.code == 1 && JSONValue(parsing: changed.output)["error"]?["code"]?.string == "changed")
    }

    @Test("An unreachable database is one line, not a crash")
    func unreachable() throws {
        let folder = try TemporaryFolder()
        let program = ExampleProgram(databaseURL: "postgresql://nobody:secret@127.0.0.1:1/none", folder: folder.path)
        for command in ["migrate", "status", "check"] {
            let run = try program.run(command)
            #expect(run.code == 1 && !run.output.contains("secret"), "\(run.output)")
        }
    }
}
