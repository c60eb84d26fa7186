import HTTPTypes
import TypedAPI

@Schema struct GetInvitationInput {
    var id: String
    /// An addition to the contract: the token of the invitation's mail, in place of a verified address.
    @Field(.notNull) var token: String?
}

/// `GET /organization/get-invitation`: for the person it was sent to.
struct GetInvitation: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/get-invitation"
    let invitations: Invitations
    let reader: SessionReader

    func handle(_ input: GetInvitationInput, _ call: inout AuthCall) async throws -> AuthReply<InvitationView> {
        let session = try await call.requireSession(reader, else: .uncoded(.unauthorized, "Not authenticated"))
        let (found, shown) = try await invitations.shown(input.id, to: session, token: input.token)
        var view = InvitationView(found.invitation, team: found.teams)
        view.organizationName = shown.organization.name
        view.organizationSlug = shown.organization.slug
        view.inviterEmail = shown.inviter.email
        return .ok(view)
    }
}

@Schema struct ListInvitationsInput {
    @Field("organizationId", .notNull) var organizationID: String?
    /// Additions to the contract, which ends at 100.
    @Field(.notNull, .range(0...)) var limit: Int?
    @Field(.notNull, .range(0...)) var offset: Int?
}

/// `GET /organization/list-invitations`: an organization's, for its members, a page; the pending ones for those who may see them.
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
        guard let member = try await invitations.members.find(user: session.user.id, organization: organization) else {
            throw AuthError.uncoded(.forbidden, "You are not a member of this organization")
        }
        let found = try await invitations.store.page(
            of: organization, showsPending: try await invitations.access.seesPendingInvitations(member),
            InvitationPage(limit: input.limit, offset: input.offset, invitations.access.rules), at: invitations.settings.now)
        return .ok(found.map { InvitationView($0.invitation, team: $0.teams) })
    }
}

@Schema struct ListUserInvitationsInput {
    /// Additions to the contract, which ends at 100.
    @Field(.notNull, .range(0...)) var limit: Int?
    @Field(.notNull, .range(0...)) var offset: Int?
}

/// `GET /organization/list-user-invitations`: the open ones of the caller's own, proved address.
struct ListUserInvitations: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/list-user-invitations"
    let invitations: Invitations
    let reader: SessionReader

    func handle(_ input: ListUserInvitationsInput, _ call: inout AuthCall) async throws -> AuthReply<[InvitationView]> {
        guard call.query["email"] == nil else {
            throw AuthError.uncoded(.badRequest, "User email cannot be passed for client side API calls.")
        }
        let session = try await call.requireSession(
            reader, else: .uncoded(.badRequest, "Missing session headers, or email query parameter."))
        guard session.user.emailVerified else { throw AuthError(.forbidden, .emailVerificationRequiredForInvitation) }
        let page = InvitationPage(limit: input.limit, offset: input.offset, invitations.access.rules)
        return .ok(
            try await invitations.store.open(
                forEmail: session.user.email.lowercased(), page, at: invitations.settings.now
            ).map { found, name in
                var view = InvitationView(found.invitation, team: found.teams)
                view.organizationName = name
                return view
            })
    }
}
