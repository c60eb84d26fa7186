import PostgresClient

/// Where a database keeps which migrations it has: `schema.table` and, while one is under way, `schema.table_step`.
public struct LedgerTable: Hashable, Sendable {
    public var schema: String
    public var table: String
    /// Roles that may read it, so that servers can check at their start; they must exist once migrations have run.
    public var readers: [String]
    /// Processes that use the same name keep apart.
    public var lockName: String

    public init(schema: String = "migrations", table: String = "migration", readers: [String] = [], lockName: String = "migrations") {
        self.schema = schema
        self.table = table
        self.readers = readers
        self.lockName = lockName
    }

    var name: String { "\(quoted(schema)).\(quoted(table))" }
    var stepName: String { "\(quoted(schema)).\(quoted(table + "_step"))" }
}

/// What a database says about its migrations.
struct MigrationHistory: Sendable {
    struct Entry: Hashable, Sendable {
        var checksum: [UInt8]
        var isCompatible: Bool
    }

    struct Step: Hashable, Sendable {
        var id: String
        var number: Int
        var checksum: [UInt8]
        var isDone: Bool
    }

    var applied: [String: Entry] = [:]
    var steps: [Step] = []

    init() {}

    /// - Throws: Nothing when there is no ledger, which is an empty one.
    init(reading table: LedgerTable, on database: some PostgresQueryable) async throws(PostgresError) {
        do throws(PostgresError) {
            let rows = try await database.query(SQL(unsafeRaw: "select id, checksum, compatible from \(table.name) order by id"))
            for row in rows {
                let (id, checksum, isCompatible) = try row.decode(String.self, [UInt8].self, Bool.self)
                applied[id] = Entry(checksum: checksum, isCompatible: isCompatible)
            }
        } catch {
            guard Self.isMissing(error) else { throw error }
            return
        }
        do throws(PostgresError) {
            let rows = try await database.query(
                SQL(unsafeRaw: "select id, number, checksum, done from \(table.stepName) order by id, number"))
            for row in rows {
                let (id, number, checksum, isDone) = try row.decode(String.self, Int.self, [UInt8].self, Bool.self)
                steps.append(Step(id: id, number: number, checksum: checksum, isDone: isDone))
            }
        } catch {
            guard Self.isMissing(error) else { throw error }
        }
    }

    /// No such table or schema, or no role yet to act as: nothing was ever migrated here.
    static func isMissing(_ error: PostgresError) -> Bool { ["42P01", "3F000", "22023"].contains(error.sqlState) }

    static func create(_ table: LedgerTable) -> String {
        """
        create schema if not exists \(quoted(table.schema));
        create table if not exists \(table.name) (
            id text primary key, checksum bytea not null, applied_at timestamptz not null default now(),
            compatible boolean not null default false
        );
        create table if not exists \(table.stepName) (
            id text not null, number integer not null, checksum bytea not null, done boolean not null, primary key (id, number)
        );
        """
    }
}
