import HTTPTypes
import TypedAPI

@Schema struct InvitationInput {
    @Field("invitationId") var invitationID: String
}

@Schema struct AnswerInvitationInput {
    @Field("invitationId") var invitationID: String
    /// An addition to the contract: the token of the invitation's mail, in place of a verified address.
    @Field(.notNull) var token: String?
}

@Schema struct InvitationOutput {
    var invitation: InvitationView
    var member: MemberView?
}

/// `POST /organization/accept-invitation`: makes the caller a member and the organization the active one.
struct AcceptInvitation: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/accept-invitation"
    let invitations: Invitations
    let reader: SessionReader
    let cookies: AuthCookies

    func handle(_ input: AnswerInvitationInput, _ call: inout AuthCall) async throws -> AuthReply<InvitationOutput> {
        var session = try await call.requireSession(reader, .authoritative)
        let accepted = try await invitations.accept(input.invitationID, by: session, token: input.token)
        if accepted.team != nil || accepted.verified != nil {
            session.session.activeOrganizationID = accepted.member.organizationID
            if let team = accepted.team { session.activeTeam = .value(team) }
            if let verified = accepted.verified { session.user = verified }
            call.renew(session, cookies)
        }
        return .ok(
            InvitationOutput(
                invitation: InvitationView(accepted.found.invitation, team: accepted.found.teams), member: MemberView(accepted.member)))
    }
}

/// `POST /organization/reject-invitation`
struct RejectInvitation: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/reject-invitation"
    let invitations: Invitations
    let reader: SessionReader

    func handle(_ input: AnswerInvitationInput, _ call: inout AuthCall) async throws -> AuthReply<InvitationOutput> {
        let session = try await call.requireSession(reader, .authoritative)
        let found = try await invitations.reject(input.invitationID, by: session, token: input.token)
        return .ok(InvitationOutput(invitation: InvitationView(found.invitation, team: found.teams), member: nil))
    }
}

/// `POST /organization/cancel-invitation`
struct CancelInvitation: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/cancel-invitation"
    let invitations: Invitations
    let reader: SessionReader

    func handle(_ input: InvitationInput, _ call: inout AuthCall) async throws -> AuthReply<InvitationView> {
        let session = try await call.requireSession(reader)
        let found = try await invitations.cancel(input.invitationID, by: session)
        return .ok(InvitationView(found.invitation, team: found.teams))
    }
}
