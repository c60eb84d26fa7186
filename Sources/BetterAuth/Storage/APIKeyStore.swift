import JSON
import PostgresClient
import Primitives

/// Statements over `apikey`.
struct APIKeyStore: Sendable {
    let database: PostgresPool

    static let columns: SQL = """
        k."id", k."configId", k."name", k."start", k."referenceId", k."prefix", k."refillInterval", k."refillAmount", k."lastRefillAt",
        k."enabled", k."rateLimitEnabled", k."rateLimitTimeWindow", k."rateLimitMax", k."requestCount", k."remaining", k."lastRequest",
        k."expiresAt", k."createdAt", k."updatedAt", k."permissions", k."metadata"
        """

    static func read(_ row: PostgresRow) throws -> APIKeyRecord {
        var row = RowReader(row)
        return APIKeyRecord(
            id: try row.next(), configID: try row.next(), name: try row.next(), start: try row.next(), referenceID: try row.next(),
            prefix: try row.next(), refillInterval: try row.next(), refillAmount: try row.next(), lastRefillAt: try row.next(),
            enabled: try row.next(), rateLimitEnabled: try row.next(), rateLimitTimeWindow: try row.next(), rateLimitMax: try row.next(),
            requestCount: try row.next(), remaining: try row.next(), lastRequest: try row.next(), expiresAt: try row.next(),
            createdAt: try row.next(), updatedAt: try row.next(), permissions: json(try row.next()).flatMap(Permissions.init),
            metadata: json(try row.next())
        )
    }

    /// Old rows may hold JSON text inside a JSON string.
    private static func json(_ text: String?) -> JSONValue? {
        guard let text, let value = try? JSONValue(parsing: text) else { return nil }
        if let inner = value.string { return try? JSONValue(parsing: inner) }
        return value.isNull ? nil : value
    }

    func insert(_ key: APIKeyRecord, hash: String) async throws {
        _ = try await database.execute(
            """
            insert into "apikey" ("id", "configId", "name", "start", "referenceId", "prefix", "key", "refillInterval", "refillAmount",
                "lastRefillAt", "enabled", "rateLimitEnabled", "rateLimitTimeWindow", "rateLimitMax", "requestCount", "remaining",
                "lastRequest", "expiresAt", "createdAt", "updatedAt", "permissions", "metadata")
            values (\(key.id), \(key.configID), \(key.name), \(key.start), \(key.referenceID), \(key.prefix), \(hash),
                \(key.refillInterval), \(key.refillAmount), \(key.lastRefillAt), \(key.enabled), \(key.rateLimitEnabled),
                \(key.rateLimitTimeWindow), \(key.rateLimitMax), \(key.requestCount), \(key.remaining), \(key.lastRequest),
                \(key.expiresAt), \(key.createdAt), \(key.updatedAt), \(key.permissions?.json.text()), \(key.metadata?.text()))
            """)
    }

    func find(hash: String) async throws -> APIKeyRecord? {
        try await all("select \(Self.columns) from \"apikey\" k where k.\"key\" = \(hash) limit 1").first
    }

    func find(id: String) async throws -> APIKeyRecord? {
        try await all("select \(Self.columns) from \"apikey\" k where k.\"id\" = \(id)").first
    }

    /// A page of an owner's keys of some configurations, and how many there are in all.
    func page(_ query: APIKeyQuery) async throws -> (keys: [APIKeyRecord], total: Int) {
        let condition: SQL = "k.\"referenceId\" = \(query.referenceID) and k.\"configId\" = any(\(query.configIDs))"
        let results = try await database.batch([
            """
            select \(Self.columns) from "apikey" k where \(condition)
            order by \(query.order), k."id" limit \(query.limit) offset \(query.offset)
            """,
            "select count(*) from \"apikey\" k where \(condition)",
        ])
        guard results.count == 2 else { return ([], 0) }
        return (try results[0].map(Self.read), try results[1].first?.get(0, as: Int.self) ?? 0)
    }

    /// Writes the fields that callers may change; nil when the key is gone.
    func update(_ key: APIKeyRecord) async throws -> APIKeyRecord? {
        try await all(
            """
            update "apikey" k set "name" = \(key.name), "enabled" = \(key.enabled), "expiresAt" = \(key.expiresAt),
                "permissions" = \(key.permissions?.json.text()), "metadata" = \(key.metadata?.text())
            where k."id" = \(key.id) returning \(Self.columns)
            """
        ).first
    }

    /// Whether there was such a key of that owner.
    func delete(id: String, referenceID: String) async throws -> Bool {
        try await database.execute("delete from \"apikey\" where \"id\" = \(id) and \"referenceId\" = \(referenceID)") > 0
    }

    func delete(id: String) async throws {
        _ = try await database.execute("delete from \"apikey\" where \"id\" = \(id)")
    }

    func deleteExpired(before now: Timestamp) async throws {
        _ = try await database.execute("delete from \"apikey\" where \"expiresAt\" < \(now)")
    }

    /// Notes a use, unless one was noted less than a minute ago.
    func touch(id: String, at now: Timestamp) async throws {
        _ = try await database.execute(
            """
            update "apikey" set "lastRequest" = \(now)
            where "id" = \(id) and ("lastRequest" is null or "lastRequest" <= \(now - .seconds(60)))
            """)
    }

    /// Takes one use of a key in a single statement, so that concurrent uses never exceed its limits; nil when nothing may be taken.
    func consume(id: String, countsRate: Bool, at now: Timestamp) async throws -> APIKeyRecord? {
        let refillIsDue: SQL = """
            (coalesce(k."refillInterval", 0) > 0 and coalesce(k."refillAmount", 0) > 0 and \(now)::timestamptz
            - coalesce(k."lastRefillAt", k."createdAt") > k."refillInterval" * interval '1 millisecond')
            """
        let isRateLimited: SQL = """
            (\(countsRate)::boolean and coalesce(k."rateLimitEnabled", true) and k."rateLimitTimeWindow" is not null
            and k."rateLimitMax" is not null)
            """
        let startsWindow: SQL = """
            (k."lastRequest" is null or \(now)::timestamptz - k."lastRequest" > k."rateLimitTimeWindow" * interval '1 millisecond')
            """
        return try await all(
            """
            update "apikey" k set
                "remaining" = case when k."remaining" is null then null when \(refillIsDue) then k."refillAmount" - 1
                    else k."remaining" - 1 end,
                "lastRefillAt" = case when k."remaining" is not null and \(refillIsDue) then \(now) else k."lastRefillAt" end,
                "requestCount" = case when not \(isRateLimited) then k."requestCount" when \(startsWindow) then 1
                    else coalesce(k."requestCount", 0) + 1 end,
                "lastRequest" = \(now), "updatedAt" = \(now)
            where k."id" = \(id) and coalesce(k."enabled", true)
                and (k."remaining" is null or k."remaining" > 0 or \(refillIsDue))
                and (not \(isRateLimited) or \(startsWindow) or coalesce(k."requestCount", 0) < k."rateLimitMax")
            returning \(Self.columns)
            """
        ).first
    }

    private func all(_ sql: SQL) async throws -> [APIKeyRecord] { try await database.query(sql).map(Self.read) }
}
