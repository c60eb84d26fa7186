import HTTPTypes
import JSON

/// `GET /organization/list`: the organizations of the caller.
struct ListOrganizations: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/list"
    let organizations: Organizations
    let reader: SessionReader

    func handle(_ call: inout AuthCall) async throws -> AuthReply {
        let session = try await call.requireSession(reader)
        return .json(.array(try await organizations.list(userID: session.user.id).map { .object($0.json) }))
    }
}
