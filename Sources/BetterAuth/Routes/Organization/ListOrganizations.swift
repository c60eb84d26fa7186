import HTTPTypes
import TypedAPI

/// `GET /organization/list`: the organizations of the caller.
struct ListOrganizations: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/list"
    let organizations: Organizations
    let reader: SessionReader

    func handle(_ input: NoInput, _ call: inout AuthCall) async throws -> AuthReply<[OrganizationView]> {
        let session = try await call.requireSession(reader)
        return .ok(try await organizations.list(userID: session.user.id).map(OrganizationView.init))
    }
}
