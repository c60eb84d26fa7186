import HTTPTypes
import TypedAPI

@Schema struct ListUserTeamsInput {
    @Field("userId", .notNull) var userID: String?
    @Field("organizationId", .notNull) var organizationID: String?
}

/// `GET /organization/list-user-teams`: the caller's own, or another member's for who may update members.
struct ListUserTeams: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/list-user-teams"
    let teams: Teams
    let reader: SessionReader

    func handle(_ input: ListUserTeamsInput, _ call: inout AuthCall) async throws -> AuthReply<[TeamView]> {
        let session = try await call.requireSession(reader)
        return .ok(try await teams.list(ofUser: input.userID, organization: input.organizationID, for: session).map(TeamView.init))
    }
}

@Schema struct ListTeamMembersInput {
    @Field("teamId", .notNull) var teamID: String?
}

/// `GET /organization/list-team-members`: for those who are in the team.
struct ListTeamMembers: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/list-team-members"
    let teams: Teams
    let reader: SessionReader

    func handle(_ input: ListTeamMembersInput, _ call: inout AuthCall) async throws -> AuthReply<[TeamMemberView]> {
        let session = try await call.requireSession(reader)
        return .ok(try await teams.members(of: input.teamID, for: session).map(TeamMemberView.init))
    }
}

@Schema struct TeamMemberInput {
    @Field("teamId") var teamID: String
    @Field("userId") var userID: String
    @Field("organizationId", .notNull) var organizationID: String?
}

/// `POST /organization/add-team-member`: once more changes nothing.
struct AddTeamMember: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/add-team-member"
    let teams: Teams
    let reader: SessionReader

    func handle(_ input: TeamMemberInput, _ call: inout AuthCall) async throws -> AuthReply<TeamMemberView> {
        let session = try await call.requireSession(reader)
        let organization = try teams.organization(input.organizationID, session)
        return .ok(TeamMemberView(try await teams.add(input.userID, to: input.teamID, organization: organization, by: session)))
    }
}

/// `POST /organization/remove-team-member`
struct RemoveTeamMember: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/remove-team-member"
    let teams: Teams
    let reader: SessionReader

    func handle(_ input: TeamMemberInput, _ call: inout AuthCall) async throws -> AuthReply<MessageOutput> {
        let session = try await call.requireSession(reader)
        let organization = try teams.organization(input.organizationID, session)
        try await teams.remove(input.userID, from: input.teamID, organization: organization, by: session)
        return .ok(MessageOutput(message: "Team member removed successfully."))
    }
}
