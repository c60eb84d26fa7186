import JSON
import PostgresClient
import Primitives
import Testing
import TypedSQL

@Suite("The application's statements: tenants and better-auth")
struct TenantAndAuthStatementTests {
    @Test("Tenants: policies keep rows apart behind the prelude")
    func tenants() async throws {
        let url = try await applicationDatabase()
        try await withPool(url: url) { database in
            _ = try await makeQueue(in: database, organization: "one")
            _ = try await makeQueue(in: database, organization: "two")
            try await withPool(url: url, role: DatabaseRoles.app) { pool async throws in
                func tenant(_ id: String) -> PreludedPool { pool.with(prelude: "select set_config('app.organization_id', \(id), true)") }
                #expect(try await tenant("one").all(MessageQueue.from()).map(\.organizationID) == ["one"])
                #expect(try await tenant("none").all(MessageQueue.from()).isEmpty)
                #expect(try await pool.all(MessageQueue.from()).isEmpty)
                #expect(try await tenant("one").run(MessageQueue.delete().everyRow()) == 1)
                await #expect(throws: PostgresError.self) {
                    try await tenant("one").run(MessageQueue.update { $0.organizationID.set("two") }.everyRow())
                    try await tenant("one").run(
                        MessageQueue.insert(
                            .init(
                                id: UUIDv7(), organizationID: "two", name: "x", destinationURL: "", signingSecret: [], retry: [:],
                                timeoutMilliseconds: 5)))
                }
            }
            #expect(try await database.all(MessageQueue.from()).map(\.organizationID) == ["two"])
        }
    }

    @Test("better-auth: a session with its user, a ban that has run out, a key's counters in one update")
    func betterAuth() async throws {
        try await withApplication { database in
            try await database.run(
                User.insert(.init(id: "u", name: "Ann", email: "a@b.c", emailVerified: false, banned: true, banExpires: .now - .seconds(5)))
            )
            try await database.run(Session.insert(.init(id: "s", expiresAt: .now + .seconds(9), token: "t", userID: "u")))
            let (session, user) = try await database.one(
                Session.from().join(User.self) { $0.userID == $1.id }.where { s, _ in s.token == "t" })
            #expect(session.userID == "u" && user.banned == true)
            let unbanned = try await database.one(
                User.update { user in
                    user.banned.set(false)
                    user.banReason.set(nil)
                    user.banExpires.set(nil)
                }.where { $0.id == "u" && $0.banExpires < .now }.returning())
            #expect(unbanned.banned == false && unbanned.banExpires == nil)

            try await database.run(
                APIKey.insert(
                    .init(
                        id: "k", referenceID: "org", key: "hash", refillInterval: 60_000, refillAmount: 10, createdAt: .now - .seconds(61),
                        permissions: nil)))
            try await database.run(APIKey.update { $0.remaining.set(0) }.where { $0.id == "k" })
            #expect(try await database.one(spend("k", at: .now)).remaining == 9)
            #expect(try await database.one(spend("k", at: .now)).remaining == 8)
        }
    }

    /// better-auth's counters: refilled when due, counted in a window.
    private func spend(_ id: String, at time: Timestamp) -> Returning<APIKey, APIKey.Columns> {
        func isRefillDue(_ key: APIKey.Columns) -> Condition {
            let last = key.lastRefillAt.coalesce(key.createdAt)
            return key.refillInterval.coalesce(0) > 0 && key.refillAmount.coalesce(0) > 0
                && Expr(time).since(last) > key.refillInterval.interval(.millisecond)
        }
        func isLimited(_ key: APIKey.Columns) -> Condition {
            key.rateLimitEnabled.coalesce(true) && key.rateLimitTimeWindow.isNotNull() && key.rateLimitMax.isNotNull()
        }
        func startsWindow(_ key: APIKey.Columns) -> Condition {
            key.lastRequest.isNull() || Expr(time).since(key.lastRequest) > key.rateLimitTimeWindow.interval(.millisecond)
        }
        return APIKey.update { key in
            key.remaining.set(
                caseWhen(key.remaining.isNull(), then: null(Int32.self)).when(isRefillDue(key), then: key.refillAmount - 1)
                    .otherwise(key.remaining - 1))
            key.lastRefillAt.set(
                caseWhen(key.remaining.isNotNull() && isRefillDue(key), then: Expr(time).optional()).otherwise(key.lastRefillAt))
            key.requestCount.set(
                caseWhen(!isLimited(key), then: key.requestCount).when(startsWindow(key), then: 1)
                    .otherwise((key.requestCount.coalesce(0) + 1).optional()))
            key.lastRequest.set(time)
        }.where { key in
            key.id == id
            key.enabled.coalesce(true)
            key.remaining.isNull() || key.remaining > 0 || isRefillDue(key)
            !isLimited(key) || startsWindow(key) || key.requestCount.coalesce(0) < key.rateLimitMax
        }.returning()
    }
}
