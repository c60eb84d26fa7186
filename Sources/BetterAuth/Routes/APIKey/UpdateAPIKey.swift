import HTTPTypes
import JSON
import Primitives
import TypedAPI

@Schema struct UpdateAPIKeyInput {
    @Field("keyId") var keyID: String
    @Field("configId", .notNull) var configID: String?
    @Field("userId", .notNull) var userID: String?
    @Field(.notNull) var name: String?
    @Field(.notNull) var enabled: Bool?
    /// Seconds; null removes the expiry.
    @Field(.range(1...)) var expiresIn: Patch<Double>
    var metadata: Patch<JSONValue>
    // Only the server itself may set these; their types are checked before that is said.
    @Field(.range(0...)) var remaining: Double?
    @Field(.notNull, .range(1...)) var refillAmount: Double?
    @Field(.notNull) var refillInterval: Double?
    @Field(.notNull) var rateLimitTimeWindow: Double?
    @Field(.notNull) var rateLimitMax: Double?
    @Field(.notNull) var rateLimitEnabled: Bool?
    @Field(.notNull) var permissions: [String: [String]]?
    /// An addition to the contract: where the key may be used from; null: everywhere.
    @Field(.count(1...100)) var allowedAddresses: Patch<[AllowedAddress]>
}

/// `POST /api-key/update`: name, state, metadata and expiry. `updatedAt` stays: it tells of the last use.
struct UpdateAPIKey: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/api-key/update"
    let keys: APIKeys
    let access: APIKeyAccess
    let reader: SessionReader

    func handle(_ input: UpdateAPIKeyInput, _ call: inout AuthCall) async throws -> AuthReply<APIKeyView> {
        let session = try await call.requireSession(reader, .authoritative, else: AuthError(.unauthorized, .apiKeyUnauthorized))
        if let user = input.userID, user != session.user.id { throw AuthError(.unauthorized, .apiKeyUnauthorized) }
        try APIKeyRules.refuseServerOnly(call)
        let (record, configuration) = try await access.key(input.keyID, configID: input.configID, for: session, to: .update)
        let setsAddresses = input.allowedAddresses.isPresent && keys.settings.configuration.apiKeyAdditions.isEnabled
        // A key must not free itself.
        if setsAddresses, session.isOfAPIKey { throw AuthError(.unauthorized, .apiKeyUnauthorized) }
        var changes = APIKeyChanges(enabled: input.enabled)
        if let name = input.name {
            try APIKeyWish.check(name: name, configuration)
            changes.name = name
        }
        switch input.expiresIn {
        case .absent: break
        case .null: changes.expiresAt = .null
        case .value(let seconds):
            let life = APIKeyRules.duration(seconds: seconds)
            try APIKeyWish.check(expiresIn: life, configuration)
            changes.expiresAt = .value(keys.settings.now + life)
        }
        if configuration.metadataEnabled, input.metadata.isPresent {
            let metadata = input.metadata.applied(to: nil) ?? .null
            try APIKeyWish.check(metadata: metadata, configuration)
            changes.metadata = metadata
        }
        if setsAddresses { changes.allowedAddresses = input.allowedAddresses }
        guard !changes.isEmpty else { throw AuthError(.badRequest, .apiKeyNoValuesToUpdate) }
        guard let updated = try await keys.update(id: record.id, referenceID: record.referenceID, changes) else {
            throw AuthError(.notFound, .apiKeyNotFound)
        }
        await keys.events.record(
            .keyUpdated, actor: session, subject: record.id,
            organization: configuration.owner == .organization ? record.referenceID : nil)
        return .ok(APIKeyView(updated, additions: try await keys.additions(of: [updated.id])[updated.id]))
    }
}
