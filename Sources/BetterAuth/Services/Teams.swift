import PostgresClient
import Primitives
import TypedSQL

/// Teams inside organizations.
struct Teams: Sendable {
    let settings: AuthSettings
    let database: PostgresPool
    let store: TeamStore
    let members: MemberStore
    let access: OrganizationAccess
    let events: AuthEvents
    let rules: TeamConfiguration

    /// The organization that a request means.
    func organization(_ given: String?, _ session: AuthSession) throws(AuthError) -> String {
        guard let id = given ?? session.session.activeOrganizationID else { throw AuthError(.badRequest, .noActiveOrganization) }
        return id
    }

    func create(name: String, organization: String, by session: AuthSession) async throws -> Team {
        guard let member = try await members.find(user: session.user.id, organization: organization) else {
            throw AuthError(.forbidden, .youAreNotAllowedToInviteUsersToThisOrganization)
        }
        guard try await access.allows(["team": ["create"]], member) else {
            throw AuthError(.forbidden, .youAreNotAllowedToCreateTeamsInThisOrganization)
        }
        let limit = rules.maximumTeams
        let team = Team(id: Identifiers.row(), name: name, memberCount: 0, organizationID: organization, createdAt: settings.now)
        try await database.withTransaction { transaction in
            _ = try await transaction.first(Organization.from().where { $0.id == organization }.select { $0.id }.lock(.noKeyUpdate))
            let count = try await transaction.one(Team.from().where { $0.organizationID == organization }.select { _ in countRows() })
            if let limit, count >= limit { throw AuthError(.badRequest, .youHaveReachedTheMaximumNumberOfTeams) }
            try await transaction.run(Team.insert(team.draft))
        }
        await events.record(.teamCreated, actor: session, subject: team.id, organization: organization)
        return team
    }

    func list(organization: String, for session: AuthSession) async throws -> [Team] {
        guard try await members.find(user: session.user.id, organization: organization) != nil else {
            throw AuthError(.forbidden, .youAreNotAllowedToAccessThisOrganization)
        }
        return try await store.all(of: organization)
    }

    func update(_ id: String, name: String?, organization: String, by session: AuthSession) async throws -> Team {
        guard let member = try await members.find(user: session.user.id, organization: organization),
            try await access.allows(["team": ["update"]], member)
        else { throw AuthError(.forbidden, .youAreNotAllowedToUpdateThisTeam) }
        guard var team = try await store.find(id: id, organization: organization) else { throw AuthError(.badRequest, .teamNotFound) }
        if let name { team.name = name }
        team.updatedAt = settings.now
        guard let changed = try await store.update(team) else { throw AuthError(.badRequest, .teamNotFound) }
        await events.record(.teamUpdated, actor: session, subject: id, organization: organization)
        return changed
    }

    func remove(_ id: String, organization: String, by session: AuthSession) async throws {
        guard let member = try await members.find(user: session.user.id, organization: organization), session.activeTeamID != id else {
            throw AuthError(.forbidden, .youAreNotAllowedToDeleteThisTeam)
        }
        guard try await access.allows(["team": ["delete"]], member) else {
            throw AuthError(.forbidden, .youAreNotAllowedToDeleteTeamsInThisOrganization)
        }
        let keepsOne = !rules.allowsRemovingAll
        try await database.withTransaction { transaction in
            let teams = try await transaction.all(Team.from().where { $0.organizationID == organization }.lock(.update))
            guard teams.contains(where: { $0.id == id }) else { throw AuthError(.badRequest, .teamNotFound) }
            if keepsOne, teams.count <= 1 { throw AuthError(.badRequest, .unableToRemoveLastTeam) }
            try await transaction.run(Team.delete().where { $0.id == id })
        }
        await events.record(.teamRemoved, actor: session, subject: id, organization: organization)
    }

    /// The teams of the caller, or of another user for who may update members.
    func list(ofUser user: String?, organization: String?, for session: AuthSession) async throws -> [Team] {
        guard let user, user != session.user.id else { return try await store.all(ofUser: session.user.id, organization: organization) }
        guard let id = organization ?? session.session.activeOrganizationID else { throw AuthError(.badRequest, .noActiveOrganization) }
        guard let caller = try await members.find(user: session.user.id, organization: id) else {
            throw AuthError(.forbidden, .youAreNotAMemberOfThisOrganization)
        }
        guard try await access.allows(["member": ["update"]], caller) else {
            throw AuthError(.forbidden, .youAreNotAllowedToUpdateThisMember)
        }
        guard try await members.find(user: user, organization: id) != nil else {
            throw AuthError(.badRequest, .notAMemberOfTheOrganization)
        }
        return try await store.all(ofUser: user, organization: id)
    }

    /// The team's members, for those who are in it.
    func members(of team: String?, for session: AuthSession) async throws -> [TeamMember] {
        guard let id = team ?? session.activeTeamID else { throw AuthError(.badRequest, .youDoNotHaveAnActiveTeam) }
        guard try await store.membership(user: session.user.id, team: id) != nil else {
            throw AuthError(.badRequest, .userIsNotAMemberOfTheTeam)
        }
        return try await store.members(of: id)
    }

    func add(_ user: String, to team: String, organization: String, by session: AuthSession) async throws -> TeamMember {
        let caller = try await caller(session, organization)
        guard try await access.allows(["member": ["update"]], caller) else {
            throw AuthError(.forbidden, .youAreNotAllowedToCreateANewTeamMember)
        }
        guard try await members.find(user: user, organization: organization) != nil else {
            throw AuthError(.badRequest, .notAMemberOfTheOrganization)
        }
        let (limit, now) = (rules.maximumMembersPerTeam, settings.now)
        let member = try await database.withTransaction { transaction in
            try await transaction.join(user: user, team: team, organization: organization, limit: limit, at: now)
        }
        await events.record(.teamMemberAdded, actor: session, subject: user, organization: organization)
        return member
    }

    func remove(_ user: String, from team: String, organization: String, by session: AuthSession) async throws {
        let caller = try await caller(session, organization)
        guard try await access.allows(["member": ["delete"]], caller) else {
            throw AuthError(.forbidden, .youAreNotAllowedToRemoveATeamMember)
        }
        guard try await members.find(user: user, organization: organization) != nil else {
            throw AuthError(.badRequest, .notAMemberOfTheOrganization)
        }
        guard try await store.find(id: team, organization: organization) != nil else { throw AuthError(.badRequest, .teamNotFound) }
        let left = try await database.withTransaction { transaction in try await transaction.leave(user: user, team: team) }
        guard left else { throw AuthError(.badRequest, .userIsNotAMemberOfTheTeam) }
        await events.record(.teamMemberRemoved, actor: session, subject: user, organization: organization)
    }

    private func caller(_ session: AuthSession, _ organization: String) async throws -> Member {
        guard let member = try await members.find(user: session.user.id, organization: organization) else {
            throw AuthError(.badRequest, .notAMemberOfTheOrganization)
        }
        return member
    }
}
