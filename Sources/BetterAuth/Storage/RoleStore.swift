import PostgresClient
import Primitives
import TypedSQL

/// Statements over `organizationRole`.
struct RoleStore: Sendable {
    let database: PostgresPool

    /// All of them, twins too, the oldest first.
    func all(of organization: String) async throws -> [OrganizationRole] { try await database.all(Self.all(of: organization)) }

    /// Of twins the one that counts.
    func find(name: String?, id: String?, organization: String) async throws -> OrganizationRole? {
        try await database.first(Self.selection(name: name, id: id, organization: organization))
    }

    static func all(of organization: String) -> From1<OrganizationRole.Columns> {
        OrganizationRole.from().where { $0.organizationID == organization }.orderBy {
            $0.createdAt
            $0.id
        }.limit(1000)
    }

    static func selection(name: String?, id: String?, organization: String) -> From1<OrganizationRole.Columns> {
        OrganizationRole.from().where { role in
            role.organizationID == organization
            if let id { role.id == id } else if let name { role.role == name.lowercased() }
        }.orderBy {
            $0.updatedAt.coalesce($0.createdAt).desc
            $0.id.desc
        }.limit(1)
    }
}

extension [OrganizationRole] {
    /// One role for each name. better-auth's table allows several rows of a name: the one that was changed last counts, so that a permission
    /// taken away from it is gone.
    var withoutTwins: [OrganizationRole] {
        var last: [String: OrganizationRole] = [:]
        for role in self {
            guard let known = last[role.role], (known.changedAt, known.id) > (role.changedAt, role.id) else {
                last[role.role] = role
                continue
            }
        }
        return filter { last[$0.role]?.id == $0.id }
    }
}

extension OrganizationRole {
    fileprivate var changedAt: Timestamp { updatedAt ?? createdAt }
}

extension PostgresTransaction {
    /// Takes the organization's lock, behind which its members and roles change one after the other: better-auth's tables have no constraints
    /// for them.
    func lock(organization: String) async throws {
        let lock = Organization.from().where { $0.id == organization }.select { $0.id }.lock(.noKeyUpdate)
        guard try await first(lock) != nil else { throw AuthError(.badRequest, .organizationNotFound) }
    }

    func insert(_ role: OrganizationRole) async throws {
        do throws(PostgresError) {
            try await run(OrganizationRole.insert(role.draft))
        } catch {
            guard error.isUniqueViolation else { throw error }
            throw AuthError(.badRequest, .roleNameIsAlreadyTaken)
        }
    }

    /// Writes a role, and makes it the only one of the name it had.
    func write(_ role: OrganizationRole, was name: String) async throws -> OrganizationRole {
        try await run(
            OrganizationRole.delete().where { row in
                row.organizationID == role.organizationID
                row.role == name
                row.id != role.id
            })
        let changed = OrganizationRole.update { row in
            row.role.set(role.role)
            row.permission.set(role.permission)
            row.updatedAt.set(role.updatedAt)
        }.where { $0.id == role.id }.returning()
        do {
            return try await one(changed)
        } catch let error as PostgresError where error.isUniqueViolation {
            throw AuthError(.badRequest, .roleNameIsAlreadyTaken)
        }
    }

    /// Deletes every role of that name.
    func deleteRoles(named name: String, of organization: String) async throws {
        try await run(
            OrganizationRole.delete().where { row in
                row.organizationID == organization
                row.role == name
            })
    }

    /// Whether a member has the role.
    func isAssigned(role name: String, of organization: String) async throws -> Bool {
        try await members(mentioning: name, of: organization).contains { $0.hasRole(name) }
    }

    /// Puts a new name in place of the old one, in the roles of members and of pending invitations.
    func renameRole(_ old: String, to new: String, of organization: String) async throws {
        for member in try await members(mentioning: old, of: organization) where member.hasRole(old) {
            let roles = member.roles.map { $0 == old ? new : $0 }.joined(separator: ",")
            try await run(Member.update { $0.role.set(roles) }.where { $0.id == member.id })
        }
        let invitations = Invitation.from().where { invitation in
            invitation.organizationID == organization
            invitation.status == "pending"
            invitation.role.contains(old)
        }
        for invitation in try await all(invitations) {
            let roles = (invitation.role ?? "").split(separator: ",").map { $0 == old ? new : String($0) }.joined(separator: ",")
            try await run(Invitation.update { $0.role.set(roles) }.where { $0.id == invitation.id })
        }
    }

    /// Members whose role column holds the name; the caller tells whole names from parts.
    private func members(mentioning name: String, of organization: String) async throws -> [Member] {
        try await all(
            Member.from().where { member in
                member.organizationID == organization
                member.role.contains(name)
            })
    }
}
