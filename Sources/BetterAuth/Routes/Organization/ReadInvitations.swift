import HTTPTypes
import TypedAPI

@Schema struct GetInvitationInput {
    var id: String
}

/// `GET /organization/get-invitation`: for the person it was sent to.
struct GetInvitation: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/get-invitation"
    let invitations: Invitations
    let reader: SessionReader

    func handle(_ input: GetInvitationInput, _ call: inout AuthCall) async throws -> AuthReply<InvitationView> {
        let session = try await call.requireSession(reader, else: .uncoded(.unauthorized, "Not authenticated"))
        let (found, shown) = try await invitations.shown(input.id, to: session)
        var view = InvitationView(found.invitation, team: found.teams)
        view.organizationName = shown.organization.name
        view.organizationSlug = shown.organization.slug
        view.inviterEmail = shown.inviter.email
        return .ok(view)
    }
}

@Schema struct ListInvitationsInput {
    @Field("organizationId", .notNull) var organizationID: String?
}

/// `GET /organization/list-invitations`: all of an organization's, for its members.
struct ListInvitations: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/list-invitations"
    let invitations: Invitations
    let reader: SessionReader

    func handle(_ input: ListInvitationsInput, _ call: inout AuthCall) async throws -> AuthReply<[InvitationView]> {
        let session = try await call.requireSession(reader)
        guard let organization = input.organizationID ?? session.session.activeOrganizationID else {
            throw AuthError.uncoded(.badRequest, "Organization ID is required")
        }
        guard try await invitations.members.find(user: session.user.id, organization: organization) != nil else {
            throw AuthError.uncoded(.forbidden, "You are not a member of this organization")
        }
        return .ok(try await invitations.store.all(of: organization, limit: 100).map { InvitationView($0.invitation, team: $0.teams) })
    }
}

/// `GET /organization/list-user-invitations`: the open ones of the caller's own, proved address.
struct ListUserInvitations: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/list-user-invitations"
    let invitations: Invitations
    let reader: SessionReader

    func handle(_ input: NoInput, _ call: inout AuthCall) async throws -> AuthReply<[InvitationView]> {
        guard call.query["email"] == nil else {
            throw AuthError.uncoded(.badRequest, "User email cannot be passed for client side API calls.")
        }
        let session = try await call.requireSession(
            reader, else: .uncoded(.badRequest, "Missing session headers, or email query parameter."))
        guard session.user.emailVerified else { throw AuthError(.forbidden, .emailVerificationRequiredForInvitation) }
        return .ok(
            try await invitations.store.open(forEmail: session.user.email.lowercased()).map { found, name in
                var view = InvitationView(found.invitation, team: found.teams)
                view.organizationName = name
                return view
            })
    }
}
