import Logging
import Migrations
import PostgresClient
import Primitives
import TestServices
import Testing

@testable import Mainstay

/// The migrations and what they leave behind, on a real server, by an owner who is no superuser.
@Suite(.timeLimit(.minutes(10))) struct SchemaTests {
    private static let quiet: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    private func withDatabase(_ body: @escaping @Sendable (PostgresPool, String) async throws -> Void) async throws {
        let url = try await TestServices.shared().freshDatabase()
        let pool = try PostgresPool(PostgresPoolConfiguration(url: url), logger: Self.quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            do {
                try await body(pool, url)
            } catch {
                await pool.close()
                throw error
            }
            await pool.close()
        }
    }

    private func migrate(_ url: String) async throws -> [String] {
        try await MainstayDatabase.migrate(url, logger: Self.quiet)
    }

    private func count(_ pool: PostgresPool, _ sql: SQL) async throws -> Int {
        try await pool.query(sql).first?.get(0, as: Int.self) ?? -1
    }

    @Test("Migrating is done once, also by several at a time")
    func migrations() async throws {
        try await withDatabase { pool, url async throws in
            let applied = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<4 { group.addTask { try await migrate(url) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(applied.filter { !$0.isEmpty } == [MainstayDatabase.migrations.map(\.id)])
            #expect(try await migrate(url) == [])
            #expect(try await count(pool, "select count(*) from mainstay_meta.migration") == MainstayDatabase.migrations.count)
        }
    }

    @Test("A migration that was changed afterwards is refused")
    func changed() async throws {
        try await withDatabase { pool, url async throws in
            _ = try await migrate(url)
            try await pool.execute("update mainstay_meta.migration set checksum = '\\x00' where id = '0001_initial'")
            let error = await #expect(throws: MigrationError.self) { _ = try await migrate(url) }
            #expect(error?.description.contains("0001_initial") == true)
        }
    }

    @Test("Partitions of a week ahead are there, and a second look makes none")
    func partitions() async throws {
        try await withDatabase { pool, url async throws in
            _ = try await migrate(url)
            #expect(try await count(pool, "select count(*) from pg_class where relname ~ '^message_r7_[0-9]{8}$'") == 8)
            #expect(try await count(pool, "select made + dropped + postponed::int from maintain_partitions()") == 0)
            #expect(try await count(pool, "select count(*) from pg_class where relname ~ '^message_r400_[0-9]{8}$'") >= 1)
        }
    }

    @Test("Rows that came before their partition move into it when maintenance catches up")
    func late() async throws {
        try await withDatabase { pool, url async throws in
            _ = try await migrate(url)
            // The owner is under row security too; the application's role is what writes.
            let future = Timestamp.now + .seconds(20 * 86_400)
            try await insert(MessageID(UUIDv7(at: future)), state: "queued", into: pool)
            #expect(try await seen("select count(*) from message where tableoid = 'message_r7_default'::regclass", pool) == 1)
            _ = try await pool.query("select * from maintain_partitions(\(future))")
            #expect(try await seen("select count(*) from message where tableoid = 'message_r7_default'::regclass", pool) == 0)
            #expect(try await seen("select count(*) from message", pool) == 1)
        }
    }

    @Test("Retention drops what is finished and never what waits")
    func retention() async throws {
        try await withDatabase { pool, url async throws in
            _ = try await migrate(url)
            let today = Timestamp.now
            try await insert(MessageID(UUIDv7(at: today)), state: "delivered", into: pool)
            let tomorrow = today + .seconds(86_400)
            try await insert(MessageID(UUIDv7(at: tomorrow)), state: "queued", into: pool)
            let later = today + .seconds(30 * 86_400)
            #expect(try await count(pool, "select dropped from maintain_partitions(\(later))") == 7)
            #expect(try await seen("select count(*) from message", pool) == 1)
            #expect(try await seen("select count(*) from message where state = 'queued'", pool) == 1)
        }
    }

    @Test("A transaction that reads messages postpones maintenance; maintenance does not stop others for long")
    func contention() async throws {
        try await withDatabase { pool, url async throws in
            _ = try await migrate(url)
            let future = Timestamp.now + .seconds(40 * 86_400)
            try await pool.withTransaction { transaction in
                _ = try await transaction.query("select count(*) from message")
                #expect(try await count(pool, "select postponed::int from maintain_partitions(\(future))") == 1)
            }
            #expect(try await count(pool, "select postponed::int from maintain_partitions(\(future))") == 0)
        }
    }

    private func insert(_ id: MessageID, state: String, into pool: PostgresPool) async throws {
        let dueAt: Timestamp? = state == "queued" ? .now : nil
        try await pool.withTransaction { transaction in
            try await transaction.execute("set local role mainstay_system")
            try await transaction.execute(
                """
                insert into message (id, retention_days, organization_id, project_id, queue_id, state, content_type, payload_encoding, payload, retry,
                                     next_attempt_at)
                values (\(id), 7, 'org', \(UUIDv7()), \(UUIDv7()), \(state)::message_state, 'application/json', 'json', '\\x31', '{}', \(dueAt))
                """)
        }
    }

    private func seen(_ sql: SQL, _ pool: PostgresPool) async throws -> Int {
        try await pool.withTransaction { transaction in
            try await transaction.execute("set local role mainstay_system")
            return try await transaction.query(sql).first?.get(0, as: Int.self) ?? -1
        }
    }
}
