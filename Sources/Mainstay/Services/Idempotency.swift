import HTTPTypes
import JSON
import PostgresClient
import Primitives
import TypedAPI
import TypedSQL

extension IdempotentRequest {
    /// What names the key in the whole database.
    fileprivate func context(in scope: TenantScope) -> String { "\(scope.organizationID)\n\(route)\n\(key)" }
}

/// Keeps answers for 24 hours, in the transaction of the effect they report.
///
/// Stored answers are sealed: one of them tells a queue's signing secret.
struct IdempotencyService: Sendable {
    let database: Database
    let encryption: EncryptionKeys

    static let lifetime = Duration.seconds(24 * 3600)

    /// Runs `effect` in a transaction, once for a key: a second request is answered with the first one's answer.
    ///
    /// When `effect` throws, nothing is stored and the key is free again.
    /// - Throws: ``Problem`` 409 `idempotency_in_flight`, 422 `idempotency_key_reused`, or what `effect` throws.
    func perform(
        _ request: IdempotentRequest?, in scope: TenantScope, effect: (PostgresTransaction) async throws -> StoredReply
    ) async throws -> StoredReply {
        try await database.within(scope).withTransaction { transaction in
            guard let request else { return try await effect(transaction) }
            if let stored = try await claim(request, in: scope, transaction) { return stored }
            let reply = try await effect(transaction)
            let headers = JSONValue.object(reply.headers.reduce(into: JSONObject()) { $0[$1.key] = .string($1.value) })
            let answer = IdempotencyKey.Draft(
                organizationID: scope.organizationID, route: request.route, key: request.key, requestHash: request.fingerprint,
                status: reply.status, contentType: "application/json", headers: headers,
                body: try encryption.seal(reply.body, context: request.context(in: scope)),
                expiresAt: .now + Self.lifetime)
            try await transaction.run(
                IdempotencyKey.insert(answer).onConflict {
                    $0.organizationID
                    $0.route
                    $0.key
                } update: { old, new in
                    old.requestHash.set(new.requestHash)
                    old.status.set(new.status)
                    old.contentType.set(new.contentType)
                    old.headers.set(new.headers)
                    old.body.set(new.body)
                    old.createdAt.set(now())
                    old.expiresAt.set(new.expiresAt)
                })
            return reply
        }
    }

    /// Takes the key for this transaction; the stored answer when there is one already.
    private func claim(_ request: IdempotentRequest, in scope: TenantScope, _ transaction: PostgresTransaction) async throws
        -> StoredReply?
    {
        let name = request.context(in: scope)
        guard try await transaction.tryLock(name) else { throw Problem(.idempotencyInFlight, headers: [.retryAfter: "1"]) }
        let stored = try await transaction.first(
            IdempotencyKey.from().where { row in
                row.organizationID == scope.organizationID
                row.route == request.route
                row.key == request.key
                row.expiresAt > now()
            })
        guard let stored else { return nil }
        guard constantTimeEquals(stored.requestHash, request.fingerprint) else { throw Problem(.idempotencyKeyReused) }
        var fields: [String: String] = [:]
        for (name, value) in stored.headers.object ?? [:] { fields[name] = value.string }
        return StoredReply(
            status: stored.status, headers: fields, body: try encryption.open(stored.body, context: name), isReplay: true)
    }
}
