import PostgresClient
import Primitives
import TypedSQL

/// Statements over `team` and `teamMember`.
struct TeamStore: Sendable {
    let database: PostgresPool

    func find(id: String, organization: String) async throws -> Team? {
        try await database.first(
            Team.from().where { team in
                team.id == id
                team.organizationID == organization
            })
    }

    func all(of organization: String) async throws -> [Team] {
        try await database.all(
            Team.from().where { $0.organizationID == organization }.orderBy {
                $0.createdAt
                $0.id
            }.limit(1000))
    }

    /// The teams a user is in, of one organization or of all.
    func all(ofUser user: String, organization: String?) async throws -> [Team] {
        let ids = TeamMember.from().where { $0.userID == user }.select { $0.teamID }
        return try await database.all(
            Team.from().where { team in
                team.id.isIn(ids)
                if let organization { team.organizationID == organization }
            }.orderBy { $0.createdAt }.limit(1000))
    }

    func membership(user: String, team: String) async throws -> TeamMember? {
        try await database.first(
            TeamMember.from().where { member in
                member.teamID == team
                member.userID == user
            })
    }

    func members(of team: String) async throws -> [TeamMember] {
        try await database.all(TeamMember.from().where { $0.teamID == team }.orderBy { $0.createdAt }.limit(1000))
    }

    func update(_ team: Team) async throws -> Team? {
        try await database.first(
            Team.update { row in
                row.name.set(team.name)
                row.updatedAt.set(team.updatedAt)
            }.where { $0.id == team.id }.returning())
    }
}

extension PostgresTransaction {
    /// Makes a user a member of a team, once, and keeps the team's count.
    ///
    /// - Throws: ``AuthError`` with `TEAM_NOT_FOUND` or `TEAM_MEMBER_LIMIT_REACHED`.
    func join(
        user: String, team id: String, organization: String, limit: Int?, at now: Timestamp
    ) async throws -> TeamMember {
        // The team's row is the lock: additions to it take turns.
        let locked = Team.from().where { team in
            team.id == id
            team.organizationID == organization
        }.lock(.noKeyUpdate)
        guard try await first(locked) != nil else { throw AuthError(.badRequest, .teamNotFound) }
        let members = TeamMember.from().where { $0.teamID == id }
        let present = try await all(members)
        if let known = present.first(where: { $0.userID == user }) { return known }
        if let limit, present.count >= limit { throw AuthError(.forbidden, .teamMemberLimitReached) }
        let member = TeamMember(
            id: Identifiers.row(), teamID: id, userID: user, membershipKey: Digests.membershipKey(team: id, user: user), createdAt: now)
        try await run(TeamMember.insert(member.draft))
        try await run(Team.update { $0.memberCount.set(present.count + 1) }.where { $0.id == id })
        return member
    }

    /// Whether the user was in the team; keeps the team's count.
    func leave(user: String, team id: String) async throws -> Bool {
        let removed = try await run(
            TeamMember.delete().where { member in
                member.teamID == id
                member.userID == user
            })
        guard removed > 0 else { return false }
        try await run(Team.update { $0.memberCount.set($0.memberCount - removed) }.where { $0.id == id })
        return true
    }

    /// Takes a user out of all teams of an organization.
    func leaveTeams(user: String, organization: String) async throws {
        let teams = Team.from().where { $0.organizationID == organization }.select { $0.id }
        let left = try await all(
            TeamMember.delete().where { member in
                member.userID == user
                member.teamID.isIn(teams)
            }.returning { $0.teamID })
        for team in Set(left) { try await run(Team.update { $0.memberCount.set($0.memberCount - 1) }.where { $0.id == team }) }
    }
}
