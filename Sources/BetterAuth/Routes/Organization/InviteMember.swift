import HTTPTypes
import TypedAPI

@Schema struct InviteMemberInput {
    var email: String
    var role: OneOrMany
    @Field("organizationId", .notNull) var organizationID: String?
    @Field(.notNull) var resend: Bool?
    @Field("teamId", .notNull) var teamID: TeamChoice?
}

/// One team, or several; a comma is part of an id here, and refused later.
@Schema enum TeamChoice {
    case one(String)
    case many([String])

    var list: [String] {
        switch self {
        case .one(let id): id.isEmpty ? [] : [id]
        case .many(let ids): ids
        }
    }
}

/// `POST /organization/invite-member`
struct InviteMember: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/invite-member"
    let invitations: Invitations
    let reader: SessionReader

    func handle(_ input: InviteMemberInput, _ call: inout AuthCall) async throws -> AuthReply<InvitationView> {
        let session = try await call.requireSession(reader)
        let found = try await invitations.invite(
            .init(
                email: input.email, roles: input.role.list, organizationID: input.organizationID, resend: input.resend ?? false,
                teams: input.teamID?.list ?? []),
            by: session)
        return .ok(InvitationView(found.invitation, team: found.teams))
    }
}
