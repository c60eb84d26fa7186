import HTTPTypes
import TypedAPI

@Schema struct GetAPIKeyInput {
    var id: String
    @Field("configId", .notNull) var configID: String?
}

/// `GET /api-key/get`
struct GetAPIKey: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/api-key/get"
    let keys: APIKeys
    let access: APIKeyAccess
    let reader: SessionReader

    func handle(_ input: GetAPIKeyInput, _ call: inout AuthCall) async throws -> AuthReply<APIKeyView> {
        let session = try await call.requireSession(reader)
        let (record, _) = try await access.key(input.id, configID: input.configID, for: session, to: .read)
        return .ok(APIKeyView(record, additions: try await keys.additions(of: [record.id])[record.id]))
    }
}
