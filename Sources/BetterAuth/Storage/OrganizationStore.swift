import PostgresClient
import Primitives
import TypedSQL

/// Statements over `organization`.
struct OrganizationStore: Sendable {
    let database: PostgresPool

    func find(id: String) async throws -> Organization? {
        try await database.first(Organization.from().where { $0.id == id })
    }

    func find(slug: String) async throws -> Organization? {
        try await database.first(Organization.from().where { $0.slug == slug })
    }

    func isTaken(slug: String) async throws -> Bool {
        try await database.exists(Organization.from().where { $0.slug == slug })
    }

    /// The organizations a user belongs to, the oldest first.
    func all(ofUser user: String) async throws -> [Organization] {
        let memberships = Member.from().where { $0.userID == user }.select { $0.organizationID }
        return try await database.all(
            Organization.from().where { $0.id.isIn(memberships) }.orderBy {
                $0.createdAt
                $0.id
            })
    }

    /// Writes what members may change; nil when the organization is gone.
    ///
    /// - Throws: `PostgresError` with a unique violation for a taken slug.
    func update(_ organization: Organization) async throws -> Organization? {
        try await database.first(
            Organization.update { row in
                row.name.set(organization.name)
                row.slug.set(organization.slug)
                row.logo.set(organization.logo)
                row.metadata.set(organization.metadata)
            }.where { $0.id == organization.id }.returning())
    }

    /// Deletes an organization with its members, invitations, teams and roles.
    ///
    /// - Parameter others: Deletions that belong to it.
    func delete(id: String, and others: [SQL]) async throws {
        // Its lock first, as whoever leaves it takes it first, too.
        _ = try await database.batch(
            [
                Organization.from().where { $0.id == id }.lock(.update).sql, Member.delete().where { $0.organizationID == id }.sql,
                Invitation.delete().where { $0.organizationID == id }.sql,
            ] + others
                + [Organization.delete().where { $0.id == id }.sql])
    }
}
