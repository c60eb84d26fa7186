import JSON
import Testing
import TypedSQL

@testable import Migrations

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What `pull` writes is kept in `Pulled` and compiled with the tests. `PULL_UPDATE=1` writes it anew.
@Suite("Pull")
struct PullTests {
    private static let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")

    private func expectRoundTrip(
        _ database: String, _ prefix: String, _ compiled: DatabaseSchema, schemas: [String], tables: Int
    ) async throws {
        let url = try await freshDatabase()
        let sql = String(decoding: try Data(contentsOf: URL(filePath: "\(Self.folder)/Databases/\(database).sql")), as: UTF8.self)
        try await run(sql, on: url)
        let folder = try TemporaryFolder()
        let commands = DatabaseCommands(schema: compiled, folder: folder.migrations, databaseURL: url, logger: quiet)
        let report = await commands.pull(schemas: schemas, prefix: prefix, writesBaseline: true)
        #expect(report.exitCode == 0, "\(report.text)")
        let source = try #require(report.json["swift"]?.string)
        let path = "\(Self.folder)/Pulled/\(prefix).swift"
        if ProcessInfo.processInfo.environment["PULL_UPDATE"] != nil { try Data(source.utf8).write(to: URL(filePath: path)) }
        #expect(source == String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self))
        #expect(report.json["tables"]?.array?.count == tables)
        // The program that has this source needs no migration, and its declaration is the database.
        let generated = await commands.generate()
        #expect(generated.json["migration"] == .null, "\(generated.text)")
        let check = await commands.check()
        #expect(check.exitCode == 0, "\(check.text)")
        let status = await commands.status()
        #expect(status.exitCode == 0, "\(status.text)")
        // The baseline makes the same database from nothing.
        let copy = try await freshDatabase()
        var other = commands
        other.databaseURL = copy
        let migrated = await other.migrate()
        #expect(migrated.exitCode == 0, "\(migrated.text)")
        let copyCheck = await other.check()
        #expect(copyCheck.exitCode == 0, "\(copyCheck.text)")
    }

    @Test("A database made by hand with every construct")
    func handmade() async throws {
        try await expectRoundTrip("handmade", "Handmade", handmadeSchema, schemas: ["public", "hotel"], tables: 20)
    }

    /// `Pulled/Application.swift` is what was pulled from the database that migrations by hand had made, before there were generated ones.
    @Test("The application's first migration, generated, makes the database that those by hand made")
    func application() async throws {
        let url = try await freshDatabase()
        let folder = MigrationFolder("\(Self.folder)/../../Sources/Mainstay/Database/Migrations")
        let first = try #require(try folder.migrations().migrations.first)
        _ = try await Migrator(MigrationList([first]), logger: quiet).migrate(databaseURL: url)
        #expect(try await SchemaCheck(applicationSchema).differences(databaseURL: url, logger: quiet) == [])
        let pulled = try await SchemaPull.read(databaseURL: url, schemas: ["public"], except: LedgerTable(), logger: quiet)
        #expect(try SchemaDiff(from: pulled, to: applicationSchema).changes.isEmpty)
        try await run("drop policy queue_tenant on queue", on: url)
        #expect(try await SchemaCheck(applicationSchema).differences(databaseURL: url, logger: quiet).count == 1)
    }

    @Test("The tables of better-auth")
    func betterAuth() async throws {
        try await expectRoundTrip("better-auth", "BetterAuth", betterAuthSchema, schemas: ["public"], tables: 15)
    }
}
