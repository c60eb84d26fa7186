import BetterAuth
import HTTPTypes
import Hummingbird
import TypedAPI

/// A member's standing in the organization that a request is about.
struct OrganizationMembership: Sendable {
    let scope: TenantScope
    let member: Member
    let permissions: PermissionSet
}

extension HTTPField.Name {
    static let organizationID = HTTPField.Name("X-Organization-Id")!  // a literal that is a valid field name
}

/// Establishes the organization: the header `X-Organization-Id`, else the session's active one. Whoever is no member finds none.
struct OrganizationValidation: RouterMiddleware {
    let auth: Auth

    func handle(_ request: Request, context: AppContext, next: Next<AppContext>) async throws -> Response {
        guard let session = context.session else { throw Problem(.unauthenticated) }
        guard let id = request.headers[.organizationID] ?? session.session.activeOrganizationID, !id.isEmpty else {
            throw Problem(.organizationRequired)
        }
        guard let member = try await auth.members.membership(userID: session.user.id, organizationID: id) else {
            throw Problem(.organizationNotFound)
        }
        let permissions = PermissionSet(record: try await auth.members.permissions(of: member))
        var context = context
        context.membership = OrganizationMembership(
            scope: TenantScope(verified: member.organizationID), member: member, permissions: permissions)
        context.notes.tenant = member.organizationID
        return try await next(request, context)
    }
}
