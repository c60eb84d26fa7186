import HTTPTypes
import JSON

/// `POST /api-key/delete`
struct DeleteAPIKey: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/api-key/delete"
    let keys: APIKeys
    let access: APIKeyAccess
    let reader: SessionReader

    func handle(_ call: inout AuthCall) async throws -> AuthReply {
        var fields = try FieldReader(body: call)
        let id = fields.string("keyId")
        let configID = fields.optionalString("configId")
        try fields.finish()
        let session = try await call.requireSession(reader)
        guard session.user.banned != true else { throw AuthError(.unauthorized, .apiKeyOwnerBanned) }
        let (record, _) = try await access.key(id, configID: configID, for: session, to: .delete)
        guard try await keys.delete(id: record.id, referenceID: record.referenceID) else {
            throw AuthError(.notFound, .apiKeyNotFound)
        }
        return .json(["success": true])
    }
}
