import JSON
import PostgresClient
import Primitives
import TypedAPI
import TypedSQL

/// Statements over `apikey`, whatever its shape.
protocol APIKeyRows: Sendable {
    /// Whether only users can own keys here, as up to better-auth 1.4.
    var areOfUsersOnly: Bool { get }

    func insert(_ key: APIKeyRecord, allowedAddresses: [String]?) async throws
    /// The same, unless the owner has `limit` unexpired keys of its kind already.
    ///
    /// - Throws: ``AuthError`` 403 `KEY_LIMIT_REACHED`.
    func insert(_ key: APIKeyRecord, allowedAddresses: [String]?, limit: Int, at now: Timestamp) async throws
    /// The key of a hash, also one that was replaced and still counts.
    func find(hash: String, at now: Timestamp) async throws -> FoundAPIKey?
    func find(id: String) async throws -> APIKeyRecord?
    /// A page of an owner's keys of some configurations, and how many there are in all.
    func page(_ query: APIKeyQuery) async throws -> (keys: [APIKeyRecord], total: Int)
    /// All of it or nothing; nil when there is no such key of that owner.
    func update(id: String, owner: String, _ changes: APIKeyChanges, at now: Timestamp) async throws -> APIKeyRecord?
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

    // The rest needs the tables of our own.

    /// nil when there is no such key of that owner.
    func rotate(id: String, owner: String, _ rotation: APIKeyRotation) async throws -> APIKeyRecord?
    func additions(of ids: [String], at now: Timestamp) async throws -> [String: APIKeyAdditions]
}

struct APIKeyTableRows<Key: APIKeyTable>: APIKeyRows {
    let database: PostgresPool
    let hasAdditions: Bool
    /// Asked for every use of a key.
    private let current: @Sendable (_ hash: String) async throws -> FoundAPIKey?

    var areOfUsersOnly: Bool { Key.self == UserOwnedAPIKey.self }

    init(_ database: PostgresPool, hasAdditions: Bool) {
        self.database = database
        self.hasAdditions = hasAdditions
        if hasAdditions {
            let query = Prepared(String.self) { hash in
                Key.from().leftJoin(APIKeyAllowList.self) { key, list in list.apiKeyID == key.id }
                    .where { key, _ in key.hash == hash }.select { key, list in (key, list.addresses) }.limit(1)
            }
            current = { hash in try await database.run(query(hash)).first.map { FoundAPIKey(record: $0.0.record, allowed: $0.1) } }
        } else {
            let query = Prepared(String.self) { hash in Key.from().where { $0.hash == hash }.limit(1) }
            current = { hash in try await database.run(query(hash)).first.map { FoundAPIKey(record: $0.record) } }
        }
    }

    func insert(_ key: APIKeyRecord, allowedAddresses: [String]?) async throws {
        let insertion = Key.insert(Key.draft(of: key))
        guard hasAdditions, let allowedAddresses else {
            try await database.run(insertion)
            return
        }
        let list = APIKeyAllowList.Draft(
            apiKeyID: key.id, ownerID: key.referenceID, addresses: allowedAddresses, updatedAt: key.createdAt)
        _ = try await database.batch(insertion, APIKeyAllowList.insert(list))
    }

    func insert(_ key: APIKeyRecord, allowedAddresses: [String]?, limit: Int, at now: Timestamp) async throws {
        try await database.withTransaction { transaction in
            try await transaction.lockKeys(of: key.referenceID)
            let existing = Key.from().where { row in
                row.owner == key.referenceID
                row.isOfKind([key.configID])
                row.expiresAt.isNull() || row.expiresAt > now
            }
            guard try await transaction.count(existing) < limit else {
                throw AuthError(
                    .forbidden, .apiKeyLimitReached, message: "No more than \(limit) API key\(limit == 1 ? " is" : "s are") allowed.")
            }
            try await transaction.run(Key.insert(Key.draft(of: key)))
            if hasAdditions, let allowedAddresses {
                try await transaction.run(
                    APIKeyAllowList.insert(
                        .init(apiKeyID: key.id, ownerID: key.referenceID, addresses: allowedAddresses, updatedAt: key.createdAt)))
            }
        }
    }

    func find(hash: String, at now: Timestamp) async throws -> FoundAPIKey? {
        if let found = try await current(hash) { return found }
        return hasAdditions ? try await former(hash: hash, at: now) : nil
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

    func update(id: String, owner: String, _ changes: APIKeyChanges, at now: Timestamp) async throws -> APIKeyRecord? {
        let update = Key.update { row in
            if let name = changes.name { row.name.set(name) }
            if let enabled = changes.enabled { row.enabled.set(enabled) }
            if changes.expiresAt.isPresent { row.expiresAt.set(changes.expiresAt.applied(to: nil)) }
            if let permissions = changes.permissions { row.permissionsText.set(permissions.json.text()) }
            if let metadata = changes.metadata { row.metadataText.set(metadata.text()) }
        }.where { $0.id == id && $0.owner == owner }.returning()
        guard changes.allowedAddresses.isPresent else { return try await database.first(update)?.record }
        return try await database.withTransaction { transaction in
            // Without a change of its own, the key's row is locked all the same: a list does not outlive its key.
            let key =
                changes.changesRecord
                ? try await transaction.first(update)
                : try await transaction.first(Key.from().where { $0.id == id && $0.owner == owner }.lock(.update))
            guard let key else { return nil }
            try await transaction.execute(
                allowList(of: key.record, changes.allowedAddresses.applied(to: nil)?.map(\.text), at: now))
            return key.record
        }
    }

    func delete(id: String, owner: String) async throws -> Bool {
        let deleted = try await database.all(Key.delete().where { $0.id == id && $0.owner == owner }.returning { $0.id })
        try await deleteAdditions(of: deleted)
        return !deleted.isEmpty
    }

    func delete(id: String) async throws {
        try await database.run(Key.delete().where { $0.id == id })
        try await deleteAdditions(of: [id])
    }

    func deleteExpired(before now: Timestamp) async throws {
        try await deleteAdditions(of: try await database.all(Key.delete().where { $0.expiresAt < now }.returning { $0.id }))
        if hasAdditions { try await database.run(FormerAPIKey.delete().where { $0.endsAt <= now }) }
    }

    func deletion(owner: String, configIDs: [String]) -> [SQL] {
        [Key.delete().where { $0.owner == owner && $0.isOfKind(configIDs) }.sql] + (hasAdditions ? additionsDeletion(owner: owner) : [])
    }

    func touch(id: String, at now: Timestamp) async throws {
        let statement = Key.update { $0.lastRequest.set(now) }
            .where { $0.id == id && ($0.lastRequest.isNull() || $0.lastRequest <= now - .seconds(60)) }
        // Whoever holds the row for longer holds up no caller: the next minute's use is noted instead.
        try await database.execute(statement.sql.limited(to: .milliseconds(250)))
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
