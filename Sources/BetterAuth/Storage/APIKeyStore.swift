import PostgresClient
import Primitives
import TypedSQL

/// Statements over `apikey`.
struct APIKeyStore: Sendable {
    let database: PostgresPool

    /// Asked for every use of a key.
    private static let byHash = Prepared(String.self) { hash in APIKeyRecord.from().where { $0.hash == hash }.limit(1) }

    func insert(_ key: APIKeyRecord) async throws {
        try await database.run(APIKeyRecord.insert(key.draft))
    }

    func find(hash: String) async throws -> APIKeyRecord? {
        try await database.run(Self.byHash(hash)).first
    }

    func find(id: String) async throws -> APIKeyRecord? {
        try await database.first(APIKeyRecord.from().where { $0.id == id })
    }

    /// A page of an owner's keys of some configurations, and how many there are in all.
    func page(_ query: APIKeyQuery) async throws -> (keys: [APIKeyRecord], total: Int) {
        let matching = APIKeyRecord.from().where { query.condition($0) }
        let (keys, counts) = try await database.batch(
            matching.orderBy {
                query.order($0)
                $0.id
            }.limit(query.limit).offset(query.offset),
            matching.select { _ in countRows() })
        return (keys, counts.first ?? 0)
    }

    /// Writes the fields that callers may change; nil when the key is gone.
    func update(_ key: APIKeyRecord) async throws -> APIKeyRecord? {
        try await database.first(
            APIKeyRecord.update { row in
                row.name.set(key.name)
                row.enabled.set(key.enabled)
                row.expiresAt.set(key.expiresAt)
                row.permissionsText.set(key.permissionsText)
                row.metadataText.set(key.metadataText)
            }.where { $0.id == key.id }.returning())
    }

    /// Whether there was such a key of that owner.
    func delete(id: String, referenceID: String) async throws -> Bool {
        try await database.run(APIKeyRecord.delete().where { $0.id == id && $0.referenceID == referenceID }) > 0
    }

    func delete(id: String) async throws {
        try await database.run(APIKeyRecord.delete().where { $0.id == id })
    }

    func deleteExpired(before now: Timestamp) async throws {
        try await database.run(APIKeyRecord.delete().where { $0.expiresAt < now })
    }

    /// Notes a use, unless one was noted less than a minute ago.
    func touch(id: String, at now: Timestamp) async throws {
        try await database.run(
            APIKeyRecord.update { $0.lastRequest.set(now) }
                .where { $0.id == id && ($0.lastRequest.isNull() || $0.lastRequest <= now - .seconds(60)) })
    }

    /// Takes one use of a key in a single statement, so that concurrent uses never exceed its limits; nil when nothing may be taken.
    func consume(id: String, countsRate: Bool, at now: Timestamp) async throws -> APIKeyRecord? {
        let rules = UsageRules(countsRate: countsRate, now: now)
        return try await database.first(
            APIKeyRecord.update { key in
                key.remaining.set(rules.remaining(of: key))
                key.lastRefillAt.set(rules.lastRefill(of: key))
                key.requestCount.set(rules.requestCount(of: key))
                key.lastRequest.set(now)
                key.updatedAt.set(now)
            }.where { key in
                key.id == id
                key.enabled.coalesce(true)
                key.remaining.isNull() || key.remaining > 0 || rules.isRefillDue(key)
                !rules.isRateLimited(key) || rules.startsWindow(key) || key.requestCount.coalesce(0) < key.rateLimitMax
            }.returning())
    }
}

/// better-auth's counters of a key, as expressions: uses left, refilled when due, and requests in a window.
private struct UsageRules {
    let countsRate: Bool
    let now: Timestamp

    func remaining(of key: APIKeyRecord.Columns) -> Expr<Int?> {
        caseWhen(key.remaining.isNull(), then: null(Int.self)).when(isRefillDue(key), then: key.refillAmount - 1)
            .otherwise(key.remaining - 1)
    }

    func lastRefill(of key: APIKeyRecord.Columns) -> Expr<Timestamp?> {
        caseWhen(key.remaining.isNotNull() && isRefillDue(key), then: Expr(now).optional()).otherwise(key.lastRefillAt)
    }

    func requestCount(of key: APIKeyRecord.Columns) -> Expr<Int?> {
        caseWhen(!isRateLimited(key), then: key.requestCount).when(startsWindow(key), then: 1)
            .otherwise((key.requestCount.coalesce(0) + 1).optional())
    }

    func isRefillDue(_ key: APIKeyRecord.Columns) -> Condition {
        key.refillInterval.coalesce(0) > 0 && key.refillAmount.coalesce(0) > 0
            && Expr(now).since(key.lastRefillAt.coalesce(key.createdAt)) > key.refillInterval.interval(.millisecond)
    }

    func isRateLimited(_ key: APIKeyRecord.Columns) -> Condition {
        Expr(countsRate) && key.rateLimitEnabled.coalesce(true) && key.rateLimitTimeWindow.isNotNull() && key.rateLimitMax.isNotNull()
    }

    func startsWindow(_ key: APIKeyRecord.Columns) -> Condition {
        key.lastRequest.isNull() || Expr(now).since(key.lastRequest) > key.rateLimitTimeWindow.interval(.millisecond)
    }
}
