import PostgresClient
import Primitives
import TypedSQL

/// Who belongs to which organization.
public struct Members: Sendable {
    let settings: AuthSettings
    let database: PostgresPool
    let store: MemberStore
    let access: OrganizationAccess
    let events: AuthEvents

    /// The user's membership; nil when the user is no member. One query.
    public func membership(userID: String, organizationID: String) async throws -> Member? {
        try await store.find(user: userID, organization: organizationID)
    }

    /// Makes a user a member.
    ///
    /// - Parameter role: Comma-joined roles.
    /// - Throws: ``AuthError`` with `USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION`, `ORGANIZATION_MEMBERSHIP_LIMIT_REACHED`,
    ///   or `ORGANIZATION_NOT_FOUND`; nothing is stored then.
    public func add(userID: String, organizationID: String, role: String) async throws -> Member {
        let limit = settings.configuration.organizations.membershipLimit
        let now = settings.now
        let member = try await database.withTransaction { transaction in
            try await transaction.addMember(user: userID, organization: organizationID, role: role, limit: limit, at: now)
        }
        await events.record(.memberAdded, subject: member.id, organization: organizationID)
        return member
    }

    /// Whether the user may do all that is asked in the organization; false for strangers.
    public func allows(_ request: Permissions, userID: String, organizationID: String) async throws -> Bool {
        guard let member = try await membership(userID: userID, organizationID: organizationID) else { return false }
        return try await allows(request, member)
    }

    /// Whether the member's role grants all that is asked.
    public func allows(_ request: Permissions, _ member: Member) async throws -> Bool { try await access.allows(request, member) }

    /// All that the member's roles allow together. No query for roles of the configuration; one for roles that an organization made.
    public func permissions(of member: Member) async throws -> Permissions { try await access.permissions(of: member) }

    /// Removes a member, unless that leaves the organization without an owner.
    ///
    /// - Throws: ``AuthError`` with `YOU_CANNOT_LEAVE_THE_ORGANIZATION_AS_THE_ONLY_OWNER` or `MEMBER_NOT_FOUND`.
    func remove(_ member: Member) async throws {
        let (owner, hasTeams) = (access.rules.creatorRole, access.rules.teams != nil)
        try await database.withTransaction { transaction in
            let rows = try await transaction.lockedMembers(of: member.organizationID)
            guard let current = rows.first(where: { $0.id == member.id }) else { throw AuthError(.badRequest, .memberNotFound) }
            if current.hasRole(owner), !rows.contains(where: { $0.id != member.id && $0.hasRole(owner) }) {
                throw AuthError(.badRequest, .youCannotLeaveTheOrganizationAsTheOnlyOwner)
            }
            try await transaction.run(Member.delete().where { $0.id == member.id })
            if hasTeams { try await transaction.leaveTeams(user: member.userID, organization: member.organizationID) }
        }
    }

    /// Gives a member other roles, unless that leaves the organization without an owner.
    ///
    /// - Throws: ``AuthError`` with `YOU_CANNOT_LEAVE_THE_ORGANIZATION_WITHOUT_AN_OWNER` or `MEMBER_NOT_FOUND`.
    func setRoles(_ roles: [String], of member: Member) async throws -> Member {
        let (owner, access) = (access.rules.creatorRole, access)
        return try await database.withTransaction { transaction in
            let rows = try await transaction.lockedMembers(of: member.organizationID)
            guard let current = rows.first(where: { $0.id == member.id }) else { throw AuthError(.badRequest, .memberNotFound) }
            // Behind the lock, so that a role being deleted at the same moment is given to no member.
            let unknown = access.unknown(roles, with: try await transaction.roles(of: member.organizationID, access))
            guard unknown.isEmpty else {
                throw AuthError(.badRequest, .roleNotFound, message: "ROLE_NOT_FOUND: \(unknown.joined(separator: ", "))")
            }
            if current.hasRole(owner), !roles.contains(owner), !rows.contains(where: { $0.id != member.id && $0.hasRole(owner) }) {
                throw AuthError(.badRequest, .youCannotLeaveTheOrganizationWithoutAnOwner)
            }
            let changed = Member.update { $0.role.set(roles.joined(separator: ",")) }.where { $0.id == member.id }.returning()
            return try await transaction.one(changed)
        }
    }
}

extension PostgresTransaction {
    /// All members of an organization; changes of them take turns on the organization's row, since the table has no constraint for it.
    func lockedMembers(of organization: String) async throws -> [Member] {
        try await lock(organization: organization)
        return try await all(Member.from().where { $0.organizationID == organization })
    }

    /// The roles an organization made for itself; none where it cannot.
    func roles(of organization: String, _ access: OrganizationAccess) async throws -> [OrganizationRole] {
        access.hasCustomRoles ? try await all(RoleStore.all(of: organization)) : []
    }

    func addMember(user: String, organization: String, role: String, limit: Int, at now: Timestamp) async throws -> Member {
        let rows = try await lockedMembers(of: organization)
        guard !rows.contains(where: { $0.userID == user }) else { throw AuthError(.badRequest, .alreadyAMember) }
        guard rows.count < limit else { throw AuthError(.forbidden, .membershipLimitReached) }
        let member = Member(id: Identifiers.row(), organizationID: organization, userID: user, role: role, createdAt: now)
        try await run(Member.insert(member.draft))
        return member
    }
}
