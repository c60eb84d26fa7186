import HTTPTypes
import JSON
import TypedAPI

@Schema struct HasPermissionInput {
    @Field("organizationId", .notNull) var organizationID: String?
    @Field(.notNull) var permissions: [String: [String]]?
    /// The old name, which is understood and grants nothing.
    @Field(.notNull) var permission: [String: [String]]?
}

@Schema struct HasPermissionOutput {
    var error: String?
    var success: Bool
}

extension HasPermissionInput {
    /// Exactly one of the two names must be there.
    func request() throws(AuthError) -> Permissions? {
        guard (permissions == nil) != (permission == nil) else {
            throw AuthError(.badRequest, .validation, message: "[body] Invalid input")
        }
        return permissions.map(Permissions.init)
    }
}

/// `POST /organization/has-permission`
struct HasPermission: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/has-permission"
    let members: Members
    let reader: SessionReader

    func handle(_ input: HasPermissionInput, _ call: inout AuthCall) async throws -> AuthReply<HasPermissionOutput> {
        let request = try input.request()
        let session = try await call.requireSession(reader)
        guard let organization = input.organizationID ?? session.session.activeOrganizationID else {
            throw AuthError(.badRequest, .noActiveOrganization)
        }
        guard let member = try await members.membership(userID: session.user.id, organizationID: organization) else {
            throw AuthError(.unauthorized, .notAMemberOfTheOrganization)
        }
        guard let request else { return .ok(HasPermissionOutput(error: nil, success: false)) }
        return .ok(HasPermissionOutput(error: nil, success: try await members.allows(request, member)))
    }
}
