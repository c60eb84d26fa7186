import HTTPTypes
import TypedAPI

@Schema struct DeleteAPIKeyInput {
    @Field("keyId") var keyID: String
    @Field("configId", .notNull) var configID: String?
}

/// `POST /api-key/delete`
struct DeleteAPIKey: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/api-key/delete"
    let keys: APIKeys
    let access: APIKeyAccess
    let reader: SessionReader

    func handle(_ input: DeleteAPIKeyInput, _ call: inout AuthCall) async throws -> AuthReply<SuccessOutput> {
        let session = try await call.requireSession(reader)
        guard session.user.banned != true else { throw AuthError(.unauthorized, .apiKeyOwnerBanned) }
        let (record, configuration) = try await access.key(input.keyID, configID: input.configID, for: session, to: .delete)
        guard try await keys.delete(id: record.id, referenceID: record.referenceID) else {
            throw AuthError(.notFound, .apiKeyNotFound)
        }
        await keys.events.record(
            .keyDeleted, actor: session, subject: record.id, organization: configuration.owner == .organization ? record.referenceID : nil)
        return .ok(SuccessOutput())
    }
}
