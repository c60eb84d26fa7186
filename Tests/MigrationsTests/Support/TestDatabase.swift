import Logging
import PostgresClient
import TestServices
import Testing
import TypedSQL

@testable import Migrations

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

let quiet: Logger = {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
}()

/// The URL of an empty database of its own.
func freshDatabase() async throws -> String { try await TestServices.shared().freshDatabase() }

/// Runs `body` on a connection of its own.
func onDatabase<R: Sendable>(_ url: String, _ body: (PostgresConnection) async throws -> R) async throws -> R {
    try await DatabaseSession.run(url: url, logger: quiet, name: "test", body)
}

func run(_ sql: String, on url: String) async throws { try await onDatabase(url) { try await $0.executeScript(sql) } }

func strings(_ sql: String, on url: String) async throws -> [String] {
    try await onDatabase(url) { try await $0.query(SQL(unsafeRaw: sql)).decode(String.self) }
}

/// A folder of its own, gone with the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        path = "\(base)/migrations-\(UInt64.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var migrations: MigrationFolder { MigrationFolder(path) }

    func write(_ text: String, to name: String) throws {
        let folder = name.split(separator: "/").dropLast().joined(separator: "/")
        try FileManager.default.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
    }

    func read(_ name: String) throws -> String { String(decoding: try Data(contentsOf: URL(filePath: "\(path)/\(name)")), as: UTF8.self) }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }

    /// Generates towards `schema`, allows every loss, and applies; nil when there was nothing to do.
    @discardableResult
    func migrate(
        _ url: String, to schema: DatabaseSchema, fills: [ColumnFill] = [], change: (inout String) -> Void = { _ in }
    ) async throws -> GeneratedMigration? {
        var options = GenerateOptions()
        options.fills = fills
        for table in schema.tables { options.drops.insert("table:\(table.name.name)") }
        let generator = MigrationGenerator(migrations)
        guard var migration = try generateDropping(generator, schema, options) else { return nil }
        migration.sql = migration.sql.replacing("-- lossy: ", with: "-- allow: ")
        change(&migration.sql)
        _ = try generator.write(migration)
        let applied = try await Migrator(try migrations.migrations(), logger: quiet).migrate(databaseURL: url)
        #expect(applied == [migration.id])
        return migration
    }

    /// A drop beside an addition is no rename here.
    private func generateDropping(_ generator: MigrationGenerator, _ schema: DatabaseSchema, _ options: GenerateOptions) throws
        -> GeneratedMigration?
    {
        var options = options
        while true {
            let failure: MigrationError
            do throws(MigrationError) {
                return try generator.migration(to: schema, options: options)
            } catch {
                failure = error
            }
            guard failure.code == .ambiguous, let drop = failure.description.split(separator: "--drop ").last else { throw failure }
            options.drops.insert(String(drop.split(separator: "\n")[0]))
        }
    }
}
