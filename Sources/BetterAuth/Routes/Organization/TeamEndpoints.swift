import HTTPTypes
import TypedAPI

@Schema struct CreateTeamInput {
    var name: String
    @Field("organizationId", .notNull) var organizationID: String?
}

/// `POST /organization/create-team`
struct CreateTeam: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/create-team"
    let teams: Teams
    let reader: SessionReader

    func handle(_ input: CreateTeamInput, _ call: inout AuthCall) async throws -> AuthReply<TeamView> {
        let session = try await call.requireSession(reader, else: .empty(.unauthorized))
        let organization = try teams.organization(input.organizationID, session)
        return .ok(TeamView(try await teams.create(name: input.name, organization: organization, by: session)))
    }
}

@Schema struct ListTeamsInput {
    @Field("organizationId", .notNull) var organizationID: String?
}

/// `GET /organization/list-teams`
struct ListTeams: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/organization/list-teams"
    let teams: Teams
    let reader: SessionReader

    func handle(_ input: ListTeamsInput, _ call: inout AuthCall) async throws -> AuthReply<[TeamView]> {
        let session = try await call.requireSession(reader)
        let organization = try teams.organization(input.organizationID, session)
        return .ok(try await teams.list(organization: organization, for: session).map(TeamView.init))
    }
}

@Schema struct UpdateTeamInput {
    @Schema(name: "TeamChange") struct Change {
        @Field(.notNull) var name: String?
        /// Selects the organization; teams do not move.
        @Field("organizationId", .notNull) var organizationID: String?
    }

    @Field("teamId") var teamID: String
    var data: Change
}

/// `POST /organization/update-team`
struct UpdateTeam: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/update-team"
    let teams: Teams
    let reader: SessionReader

    func handle(_ input: UpdateTeamInput, _ call: inout AuthCall) async throws -> AuthReply<TeamView> {
        let session = try await call.requireSession(reader)
        let organization = try teams.organization(input.data.organizationID, session)
        return .ok(TeamView(try await teams.update(input.teamID, name: input.data.name, organization: organization, by: session)))
    }
}

@Schema struct RemoveTeamInput {
    @Field("teamId") var teamID: String
    @Field("organizationId", .notNull) var organizationID: String?
}

/// `POST /organization/remove-team`: neither the caller's active team nor the last one.
struct RemoveTeam: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/remove-team"
    let teams: Teams
    let reader: SessionReader

    func handle(_ input: RemoveTeamInput, _ call: inout AuthCall) async throws -> AuthReply<MessageOutput> {
        let session = try await call.requireSession(reader, else: .empty(.unauthorized))
        try await teams.remove(input.teamID, organization: try teams.organization(input.organizationID, session), by: session)
        return .ok(MessageOutput(message: "Team removed successfully."))
    }
}

@Schema struct SetActiveTeamInput {
    @Field("teamId") var teamID: Patch<String>
}

/// `POST /organization/set-active-team`: null chooses none, `{}` only asks.
struct SetActiveTeam: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/organization/set-active-team"
    let teams: Teams
    let reader: SessionReader
    let cookies: AuthCookies

    func handle(_ input: SetActiveTeamInput, _ call: inout AuthCall) async throws -> AuthReply<TeamView> {
        var session = try await call.requireSession(reader)
        if case .null = input.teamID {
            try await reader.sessions.store.activate(team: nil, in: session.session.id)
            session.activeTeam = .null
            call.renew(session, cookies)
            return .null()
        }
        guard let id = input.teamID.applied(to: session.activeTeamID) else { return .null() }
        let organization = try teams.organization(nil, session)
        guard let team = try await teams.store.find(id: id, organization: organization) else {
            throw AuthError(.badRequest, .teamNotFound)
        }
        guard try await teams.store.membership(user: session.user.id, team: id) != nil else {
            throw AuthError(.forbidden, .userIsNotAMemberOfTheTeam)
        }
        try await reader.sessions.store.activate(team: id, in: session.session.id)
        session.activeTeam = .value(id)
        call.renew(session, cookies)
        return .ok(TeamView(team))
    }
}
