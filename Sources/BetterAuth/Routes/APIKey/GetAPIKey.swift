import HTTPTypes
import JSON

/// `GET /api-key/get`
struct GetAPIKey: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/api-key/get"
    let access: APIKeyAccess
    let reader: SessionReader

    func handle(_ call: inout AuthCall) async throws -> AuthReply {
        var fields = FieldReader(query: call)
        let id = fields.string("id")
        let configID = fields.optionalString("configId")
        try fields.finish()
        let session = try await call.requireSession(reader)
        return .json(try await access.key(id, configID: configID, for: session, to: .read).record.json())
    }
}
