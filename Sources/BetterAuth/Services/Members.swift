import PostgresClient
import Primitives
import TypedSQL

/// Who belongs to which organization.
public struct Members: Sendable {
    let settings: AuthSettings
    let database: PostgresPool
    let store: MemberStore

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
        let member = Member(
            id: Identifiers.row(), organizationID: organizationID, userID: userID, role: role, createdAt: settings.now)
        let limit = settings.configuration.organizations.membershipLimit
        return try await database.withTransaction { transaction in
            // The table has no unique constraint, so additions to one organization take turns on its row.
            let organization = Organization.from().where { $0.id == organizationID }.select { $0.id }.lock(.noKeyUpdate)
            guard try await transaction.first(organization) != nil else { throw AuthError(.badRequest, .organizationNotFound) }
            let (all, own) = try await transaction.one(
                Member.from().where { $0.organizationID == organizationID }
                    .select { (countRows(), countRows(where: $0.userID == userID)) })
            guard own == 0 else { throw AuthError(.badRequest, .alreadyAMember) }
            guard all < limit else { throw AuthError(.forbidden, .membershipLimitReached) }
            try await transaction.run(Member.insert(member.draft))
            return member
        }
    }

    /// Whether the user may do all that is asked in the organization; false for strangers.
    public func allows(_ request: Permissions, userID: String, organizationID: String) async throws -> Bool {
        guard let member = try await membership(userID: userID, organizationID: organizationID) else { return false }
        return allows(request, member)
    }

    /// Whether the member's role grants all that is asked.
    public func allows(_ request: Permissions, _ member: Member) -> Bool {
        settings.configuration.organizations.access.allows(role: member.role, request)
    }
}
