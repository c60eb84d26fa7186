import HTTPTypes
import TypedAPI

/// `POST /admin/has-permission`: for the signed-in user, whoever the body names.
struct AdminHasPermission: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/admin/has-permission"
    let admin: Administration
    let reader: SessionReader

    func handle(_ input: HasPermissionInput, _ call: inout AuthCall) async throws -> AuthReply<HasPermissionOutput> {
        let asked = try input.request()
        let session = try await call.requireAdmin(reader)
        guard let asked else {
            throw AuthError.uncoded(.badRequest, "invalid permission check. no permission(s) were passed.")
        }
        return .ok(HasPermissionOutput(error: nil, success: admin.allows(asked, session.user)))
    }
}
