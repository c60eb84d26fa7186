import HTTPTypes
import TypedAPI

@Schema struct RotateAPIKeyInput {
    @Field("keyId") var keyID: String
    @Field("configId", .notNull) var configID: String?
    /// Seconds.
    @Field(.notNull, .range(0...)) var overlap: Double?
}

/// `POST /api-key/rotate`, an addition to the contract: a new plain key, shown this once; the old one counts until the overlap is over.
struct RotateAPIKey: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/api-key/rotate"
    let keys: APIKeys
    let access: APIKeyAccess
    let reader: SessionReader

    func handle(_ input: RotateAPIKeyInput, _ call: inout AuthCall) async throws -> AuthReply<APIKeyView> {
        let session = try await call.requireSession(reader, .authoritative, else: AuthError(.unauthorized, .apiKeyUnauthorized))
        // A key must not make itself permanent: who found an old one would outlive its owner.
        guard !session.isOfAPIKey else { throw AuthError(.unauthorized, .apiKeyUnauthorized) }
        let (record, configuration) = try await access.key(input.keyID, configID: input.configID, for: session, to: .update)
        try await access.checkHolder(of: record, configuration, session)
        let overlap = input.overlap.map { APIKeyRules.duration(seconds: $0) }
        guard let (rotated, plainKey) = try await keys.rotate(id: record.id, referenceID: record.referenceID, overlap: overlap) else {
            throw AuthError(.notFound, .apiKeyNotFound)
        }
        await keys.events.record(
            .keyRotated, actor: session, subject: record.id,
            organization: configuration.owner == .organization ? record.referenceID : nil)
        return .ok(APIKeyView(rotated, plainKey: plainKey, additions: try await keys.additions(of: [rotated.id])[rotated.id]))
    }
}
