import Crypto
import HTTPTypes
import Hummingbird
import JSON
import PostgresClient
import Primitives
import TypedAPI
import TypedSQL

/// An answer that can be given again.
struct StoredResponse: Sendable {
    var status: HTTPResponse.Status
    var body: JSONValue
    var headers: [String: String] = [:]
    var isReplay = false

    var response: Response {
        var fields = HTTPFields()
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        if isReplay { fields[.idempotencyReplayed] = "true" }
        return .json(body, status: status, headers: fields)
    }
}

extension HTTPField.Name {
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!  // literals that are valid field names
    static let idempotencyReplayed = HTTPField.Name("Idempotency-Replayed")!
}

/// What a caller wants done at most once.
struct IdempotentRequest: Sendable {
    let key: String
    let route: String
    /// SHA-256 of method, path and body.
    let hash: [UInt8]

    /// What names the key in the whole database.
    fileprivate func context(in scope: TenantScope) -> String { "\(scope.organizationID)\n\(route)\n\(key)" }

    /// nil without the header.
    ///
    /// - Parameter route: the endpoint's template, the scope of the key together with the organization.
    /// - Throws: ``Problem`` 400 `invalid_idempotency_key`.
    init?(_ request: Request, route: String, body: [UInt8]) throws {
        guard let key = request.headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem(.invalidIdempotencyKey)
        }
        self.key = key
        self.route = route
        var hasher = SHA256()
        hasher.update(data: Array("\(request.method.rawValue) \(request.uri.path)\n".utf8))
        hasher.update(data: body)
        hash = Array(hasher.finalize())
    }
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
        _ request: IdempotentRequest?, in scope: TenantScope, effect: (PostgresTransaction) async throws -> StoredResponse
    ) async throws -> StoredResponse {
        try await database.within(scope).withTransaction { transaction in
            guard let request else { return try await effect(transaction) }
            if let stored = try await claim(request, in: scope, transaction) { return stored }
            let response = try await effect(transaction)
            let headers = JSONValue.object(response.headers.reduce(into: JSONObject()) { $0[$1.key] = .string($1.value) })
            let answer = IdempotencyKey.Draft(
                organizationID: scope.organizationID, route: request.route, key: request.key, requestHash: request.hash,
                status: response.status.code, contentType: "application/json", headers: headers,
                body: try encryption.seal(response.body.bytes(), context: request.context(in: scope)),
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
            return response
        }
    }

    /// Takes the key for this transaction; the stored answer when there is one already.
    private func claim(_ request: IdempotentRequest, in scope: TenantScope, _ transaction: PostgresTransaction) async throws
        -> StoredResponse?
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
        guard constantTimeEquals(stored.requestHash, request.hash) else { throw Problem(.idempotencyKeyReused) }
        let body = try encryption.open(stored.body, context: name)
        var fields: [String: String] = [:]
        for (name, value) in stored.headers.object ?? [:] { fields[name] = value.string }
        return StoredResponse(status: .init(code: stored.status), body: try JSONValue(parsing: body), headers: fields, isReplay: true)
    }
}
