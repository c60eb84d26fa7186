import PostgresClient
import Primitives
import Synchronization
import TypedSQL

/// The table `apikey`, in the shape that the database has.
final class APIKeyStore: Sendable {
    private let database: PostgresPool
    private let known = Mutex<(any APIKeyRows)?>(nil)

    init(database: PostgresPool) { self.database = database }

    /// The statements for the table's shape, which is looked at once.
    func rows() async throws -> any APIKeyRows {
        if let rows = known.withLock({ $0 }) { return rows }
        let isUserOwned = try await DatabaseShape.read(database).hasUserOwnedKeys
        let rows: any APIKeyRows = isUserOwned ? APIKeyTableRows<UserOwnedAPIKey>(database) : APIKeyTableRows<APIKeyRecord>(database)
        known.withLock { $0 = rows }
        return rows
    }
}

/// Statements over `apikey`, whatever its shape.
protocol APIKeyRows: Sendable {
    /// Whether only users can own keys here, as up to better-auth 1.4.
    var areOfUsersOnly: Bool { get }

    func insert(_ key: APIKeyRecord) async throws
    func find(hash: String) async throws -> APIKeyRecord?
    func find(id: String) async throws -> APIKeyRecord?
    /// A page of an owner's keys of some configurations, and how many there are in all.
    func page(_ query: APIKeyQuery) async throws -> (keys: [APIKeyRecord], total: Int)
    /// Writes the fields that callers may change; nil when the key is gone.
    func update(_ key: APIKeyRecord) async throws -> APIKeyRecord?
    /// Whether there was such a key of that owner.
    func delete(id: String, owner: String) async throws -> Bool
    func delete(id: String) async throws
    func deleteExpired(before now: Timestamp) async throws
    /// The deletion of an owner's keys of some configurations.
    func deletion(owner: String, configIDs: [String]) -> [SQL]
    /// Notes a use, unless one was noted less than a minute ago.
    func touch(id: String, at now: Timestamp) async throws
    /// Takes one use of a key in a single statement, so that concurrent uses never exceed its limits; nil when nothing may be taken.
    func consume(id: String, countsRate: Bool, at now: Timestamp) async throws -> APIKeyRecord?
}

struct APIKeyTableRows<Key: APIKeyTable>: APIKeyRows {
    private let database: PostgresPool
    /// Asked for every use of a key.
    private let byHash: Prepared<From1<Key.Columns>, String>

    var areOfUsersOnly: Bool { Key.self == UserOwnedAPIKey.self }

    init(_ database: PostgresPool) {
        self.database = database
        byHash = Prepared(String.self) { hash in Key.from().where { $0.hash == hash }.limit(1) }
    }

    func insert(_ key: APIKeyRecord) async throws {
        try await database.run(Key.insert(Key.draft(of: key)))
    }

    func find(hash: String) async throws -> APIKeyRecord? {
        try await database.run(byHash(hash)).first?.record
    }

    func find(id: String) async throws -> APIKeyRecord? {
        try await database.first(Key.from().where { $0.id == id })?.record
    }

    func page(_ query: APIKeyQuery) async throws -> (keys: [APIKeyRecord], total: Int) {
        let matching = Key.from().where { query.condition($0) }
        let (keys, counts) = try await database.batch(
            matching.orderBy {
                query.order($0)
                $0.id
            }.limit(query.limit).offset(query.offset),
            matching.select { _ in countRows() })
        return (keys.map(\.record), counts.first ?? 0)
    }

    func update(_ key: APIKeyRecord) async throws -> APIKeyRecord? {
        try await database.first(
            Key.update { row in
                row.name.set(key.name)
                row.enabled.set(key.enabled)
                row.expiresAt.set(key.expiresAt)
                row.permissionsText.set(key.permissionsText)
                row.metadataText.set(key.metadataText)
            }.where { $0.id == key.id }.returning())?.record
    }

    func delete(id: String, owner: String) async throws -> Bool {
        try await database.run(Key.delete().where { $0.id == id && $0.owner == owner }) > 0
    }

    func delete(id: String) async throws {
        try await database.run(Key.delete().where { $0.id == id })
    }

    func deleteExpired(before now: Timestamp) async throws {
        try await database.run(Key.delete().where { $0.expiresAt < now })
    }

    func deletion(owner: String, configIDs: [String]) -> [SQL] {
        [Key.delete().where { $0.owner == owner && $0.isOfKind(configIDs) }.sql]
    }

    func touch(id: String, at now: Timestamp) async throws {
        try await database.run(
            Key.update { $0.lastRequest.set(now) }
                .where { $0.id == id && ($0.lastRequest.isNull() || $0.lastRequest <= now - .seconds(60)) })
    }

    func consume(id: String, countsRate: Bool, at now: Timestamp) async throws -> APIKeyRecord? {
        let usage = APIKeyUsage<Key.Columns>(countsRate: countsRate, now: now)
        return try await database.first(
            Key.update { key in
                key.remaining.set(usage.remaining(of: key))
                key.lastRefillAt.set(usage.lastRefill(of: key))
                key.requestCount.set(usage.requestCount(of: key))
                key.lastRequest.set(now)
                key.updatedAt.set(now)
            }.where { key in
                key.id == id
                usage.isFree(key)
            }.returning())?.record
    }
}
