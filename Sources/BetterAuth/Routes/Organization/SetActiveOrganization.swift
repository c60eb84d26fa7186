import HTTPTypes
import TypedAPI

@Schema struct SetActiveOrganizationInput {
    @Field("organizationId") var organizationID: Patch<String>
    @Field(.notNull) var organizationSlug: String?
}

/// `POST /organization/set-active`: chooses the session's active organization; null chooses none, `{}` only asks.
struct SetActiveOrganization: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/set-active"
    let organizations: Organizations
    let reader: SessionReader
    let cookies: AuthCookies

    func handle(_ input: SetActiveOrganizationInput, _ call: inout AuthCall) async throws -> AuthReply<OrganizationView> {
        var session = try await call.requireSession(reader)
        if case .null = input.organizationID {
            try await organizations.activate(nil, in: session)
            session.session.activeOrganizationID = nil
            call.renew(session, cookies)
            return .null()
        }
        // The id wins over the slug.
        let id = input.organizationID.applied(to: nil)
        guard let (organization, _) = try await organizations.resolve(id: id, slug: id == nil ? input.organizationSlug : nil, for: session)
        else { return .null() }
        try await organizations.activate(organization.id, in: session)
        session.session.activeOrganizationID = organization.id
        call.renew(session, cookies)
        return .ok(OrganizationView(organization))
    }
}
