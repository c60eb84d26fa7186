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
        let found: (Organization, Member)?
        do {
            found = try await organizations.resolve(id: id, slug: id == nil ? input.organizationSlug : nil, for: session)
        } catch let error as AuthError where id != nil && error.code == .organizationNotFound {
            // An id that is unknown answers as one of an organization that the user does not belong to.
            try await leave(&session, &call)
            throw AuthError(.forbidden, .notAMemberOfTheOrganization)
        } catch let error as AuthError where error.code == .notAMemberOfTheOrganization {
            try await leave(&session, &call)
            throw error
        }
        guard let (organization, _) = found else { return .null() }
        try await organizations.activate(organization.id, in: session)
        session.session.activeOrganizationID = organization.id
        call.renew(session, cookies)
        return .ok(OrganizationView(organization))
    }

    /// Nothing is active afterwards, in the cookie's cache neither.
    private func leave(_ session: inout AuthSession, _ call: inout AuthCall) async throws {
        guard session.session.activeOrganizationID != nil else { return }
        try await organizations.activate(nil, in: session)
        session.session.activeOrganizationID = nil
        if cookies.cache != nil { call.renew(session, cookies) }
    }
}
