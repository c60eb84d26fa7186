import HTTPTypes
import TypedAPI

/// `GET /organization/get-organization`: by slug, by id, or the active one; `null` when none is meant.
struct GetOrganization: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/get-organization"
    let organizations: Organizations
    let reader: SessionReader

    func handle(_ input: OrganizationQuery, _ call: inout AuthCall) async throws -> AuthReply<OrganizationView> {
        let session = try await call.requireSession(reader)
        let found = try await organizations.resolve(id: input.organizationID, slug: input.organizationSlug, for: session)
        guard let (organization, _) = found else { return .null() }
        return .ok(OrganizationView(organization))
    }
}
