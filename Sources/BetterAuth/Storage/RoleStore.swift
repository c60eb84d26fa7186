import PostgresClient
import Primitives
import TypedSQL

/// Statements over `organizationRole`.
struct RoleStore: Sendable {
    let database: PostgresPool

    func all(of organization: String) async throws -> [OrganizationRole] {
        try await database.all(
            OrganizationRole.from().where { $0.organizationID == organization }.orderBy {
                $0.createdAt
                $0.id
            }.limit(1000))
    }

    func find(name: String?, id: String?, organization: String) async throws -> OrganizationRole? {
        try await database.first(
            OrganizationRole.from().where { role in
                role.organizationID == organization
                if let id { role.id == id } else if let name { role.role == name.lowercased() }
            })
    }

    func insert(_ role: OrganizationRole) async throws { try await database.run(OrganizationRole.insert(role.draft)) }

    func update(_ role: OrganizationRole) async throws -> OrganizationRole? {
        try await database.first(
            OrganizationRole.update { row in
                row.role.set(role.role)
                row.permission.set(role.permission)
                row.updatedAt.set(role.updatedAt)
            }.where { $0.id == role.id }.returning())
    }

    func delete(id: String) async throws -> Bool {
        try await database.run(OrganizationRole.delete().where { $0.id == id }) > 0
    }

    /// Every member's role column that mentions the name; the caller tells whole names from parts.
    func memberRoles(mentioning name: String, of organization: String) async throws -> [String] {
        try await database.all(
            Member.from().where { member in
                member.organizationID == organization
                member.role.contains(name)
            }.select { $0.role })
    }

    /// Puts a new name in place of the old one in every member's role column.
    func rename(_ old: String, to new: String, of organization: String) async throws {
        let mentioned = Member.from().where { member in
            member.organizationID == organization
            member.role.contains(old)
        }
        for member in try await database.all(mentioned) where member.hasRole(old) {
            let roles = member.roles.map { $0 == old ? new : $0 }.joined(separator: ",")
            try await database.run(Member.update { $0.role.set(roles) }.where { $0.id == member.id && $0.role == member.role })
        }
    }
}
