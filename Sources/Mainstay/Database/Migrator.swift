import Crypto
public import Logging
import PostgresClient
import Primitives

/// One step of the schema: reviewed SQL, applied once, never changed afterwards.
public struct Migration: Sendable {
    /// `NNNN_name`; they are applied in this order.
    public let id: String
    public let sql: String

    var checksum: [UInt8] { Array(SHA256.hash(data: Array(sql.utf8))) }
}

/// A migration that could not be applied; nothing of it remains.
public struct MigrationError: Error, Sendable, CustomStringConvertible {
    public let description: String
    /// The server's code for what went wrong; nil when no statement failed.
    var sqlState: String?
}

/// Brings a database up to the newest migration.
///
/// One advisory lock covers the whole run, so two processes may try at once: the second waits, then finds nothing to do.
/// Each migration is one transaction with its row in the ledger `mainstay_meta.migration`.
public struct Migrator: Sendable {
    private let databaseURL: String
    private let logger: Logger

    /// - Parameter databaseURL: the owner of the database's objects; it must be allowed to create roles the first time.
    public init(databaseURL: String, logger: Logger) {
        self.databaseURL = databaseURL
        self.logger = logger
    }

    /// How a database's ledger compares with the migrations of this program, by their ids.
    struct State {
        var pending: [String] = []
        /// Applied with another text than ours.
        var changed: [String] = []
        /// Applied, but not ours: of a newer version.
        var unknown: [String] = []
    }

    /// What is applied at `database`, without changing anything.
    static func state(of database: PostgresPool) async throws -> State {
        let ledger: [String: [UInt8]]
        do throws(PostgresError) {
            let rows = try await database.query("select id, checksum from mainstay_meta.migration")
            ledger = Dictionary(try rows.decode(String.self, [UInt8].self).map { ($0.0, $0.1) }) { $1 }
        } catch {
            // No such table or schema: nothing was ever migrated here.
            guard ["42P01", "3F000"].contains(error.sqlState) else { throw error }
            ledger = [:]
        }
        let ours = Set(Migration.all.map(\.id))
        return State(
            pending: Migration.all.map(\.id).filter { ledger[$0] == nil },
            changed: Migration.all.filter { (ledger[$0.id] ?? $0.checksum) != $0.checksum }.map(\.id),
            unknown: ledger.keys.filter { !ours.contains($0) }.sorted())
    }

    /// Returns the ids applied by this call, none when the database was up to date.
    public func migrate() async throws -> [String] {
        var settings = try PostgresPoolConfiguration(url: databaseURL)
        settings.maximumConnections = 1
        settings.applicationName = "mainstay-migrate"
        let pool = try PostgresPool(settings, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            let applied: [String]
            do {
                applied = try await pool.withConnection { connection in try await apply(on: connection) }
            } catch {
                await pool.close()
                throw error
            }
            await pool.close()
            try await group.waitForAll()
            return applied
        }
    }

    private func apply(on connection: PostgresConnection) async throws -> [String] {
        // The key is arbitrary but fixed: it is what keeps two migrating processes apart.
        _ = try await connection.query("select pg_advisory_lock(hashtext('mainstay.migrate'), 0)")
        try await connection.executeScript(
            """
            create schema if not exists mainstay_meta;
            create table if not exists mainstay_meta.migration (
                id text primary key,
                checksum bytea not null,
                applied_at timestamptz not null default now()
            );
            """)
        let rows = try await connection.query("select id, checksum from mainstay_meta.migration")
        var ledger: [String: [UInt8]] = [:]
        for row in rows {
            let (id, checksum) = try row.decode(String.self, [UInt8].self)
            ledger[id] = checksum
        }
        var applied: [String] = []
        for migration in Migration.all {
            if let checksum = ledger[migration.id] {
                guard checksum == migration.checksum else {
                    throw MigrationError(
                        description:
                            "Migration \(migration.id) was changed after it was applied here. Restore its file; changes go into a new one.")
                }
                continue
            }
            do {
                try await apply(migration, on: connection)
            } catch let error as MigrationError where error.sqlState == "42704" {
                // Another database of the cluster made the roles at this moment, and this session had not heard of it. By now it has.
                try await apply(migration, on: connection)
            }
            applied.append(migration.id)
        }
        // Every time, since a run may have been killed after its last migration and before this. Roles that the migrations made may look
        // at the ledger: `serve` and `worker` check it at their start.
        try await connection.executeScript(
            """
            grant usage on schema mainstay_meta to \(DatabaseRole.app), \(DatabaseRole.system);
            grant select on mainstay_meta.migration to \(DatabaseRole.app), \(DatabaseRole.system);
            select maintain_partitions();
            """)
        return applied
    }

    private func apply(_ migration: Migration, on connection: PostgresConnection) async throws {
        logger.info("Applying migration", metadata: ["migration": .string(migration.id)])
        // The checksum goes in as text of the script, so that script and ledger row are one transaction of the simple protocol.
        do throws(PostgresError) {
            try await connection.executeScript(
                """
                begin;
                set local lock_timeout = '10s';
                \(migration.sql)
                insert into mainstay_meta.migration (id, checksum) values ('\(migration.id)', '\\x\(Hex.encode(migration.checksum))');
                commit;
                """)
        } catch {
            try? await connection.executeScript("rollback")
            throw MigrationError(
                description: "Migration \(migration.id) failed and left nothing behind: \(error)", sqlState: error.sqlState)
        }
    }
}
