import BullMQOutbox
import Foundation
import JSON
import Logging
import Migrations
import PostgresClient
import TestServices
import Testing
import TypedSQL

@testable import Mainstay

/// What is declared beside what migrations make.
@Suite(.timeLimit(.minutes(10))) struct DeclaredSchemaTests {
    private static let quiet: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL.path

    @Test("A migrated database is what is declared, and what is planted is found")
    func declaredEqualsMigrated() async throws {
        let url = try await TestServices.shared().freshDatabase()
        _ = try await MainstayDatabase.migrate(url, logger: Self.quiet)
        var commands = MainstayDatabase.commands(databaseURL: url, logger: Self.quiet)
        // A database of our own has nothing more than what is declared.
        commands.adopting = []
        let check = await commands.check()
        #expect(check.exitCode == 0, "\(check.text)")
        try await withPool(url) { pool in
            try await pool.withConnection { connection in
                try await connection.executeScript(
                    """
                    create or replace function uuidv7_lower_bound(at timestamptz) returns uuid language sql as 'select null::uuid';
                    grant update on organization_plan to mainstay_app;
                    alter table message alter column attempt_count set default 1;
                    """)
            }
        }
        let planted = await commands.check()
        #expect(planted.json["differences"]?.array?.count == 3, "\(planted.text)")
    }

    @Test("The migrations are those of the declared tables: generate has nothing to write")
    func generatedEqualsDeclared() async throws {
        let commands = MainstayDatabase.commands(folder: "\(Self.root)/\(MainstayDatabase.folder)", logger: Self.quiet)
        let generated = await commands.generate(isDryRun: true)
        #expect(generated.exitCode == 0 && generated.json["migration"] == .null, "\(generated.text)")
    }

    @Test("The outbox is declared as BullMQOutbox makes it")
    func outbox() async throws {
        let theirs = try await TestServices.shared().freshDatabase()
        try await withPool(theirs) { pool in try await pool.withConnection { try await $0.executeScript(OutboxSchema.sql) } }
        var table = OutboxRow.schema
        table.grants = []
        let check = SchemaCheck(DatabaseSchema(tables: [table]))
        #expect(try await check.differences(databaseURL: theirs, logger: Self.quiet) == [])
        try await withPool(theirs) { pool in
            try await pool.withConnection { try await $0.executeScript("alter table bullmq_outbox alter column due_at set not null") }
        }
        #expect(try await check.differences(databaseURL: theirs, logger: Self.quiet).count == 1)
    }

    // MARK: -

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
