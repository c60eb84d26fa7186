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

    /// Writes the columns that a change names and no other; nil when the organization is gone.
    ///
    /// - Throws: `PostgresError` with a unique violation for a taken slug.
    func update(id: String, _ change: Organizations.Change) async throws -> Organization? {
        guard !change.isEmpty else { return try await find(id: id) }
        return try await database.first(
            Organization.update { row in
                if let name = change.name { row.name.set(name) }
                if let slug = change.slug { row.slug.set(slug) }
                if change.logo.isPresent { row.logo.set(change.logo.applied(to: nil)) }
                if let metadata = change.metadata { row.metadata.set(metadata) }
            }.where { $0.id == id }.returning())
    }

    /// Deletes an organization with its members, invitations, teams and roles.
    ///
    /// - Parameter others: Deletions that belong to it.
    func delete(id: String, and others: [SQL]) async throws {
        // Its lock first, as whoever leaves it takes it first, too.
        try await database.withTransaction(attempts: PostgresPool.conflictAttempts) { transaction in
            _ = try await transaction.batch(
                [
                    Organization.from().where { $0.id == id }.lock(.update).sql, Member.delete().where { $0.organizationID == id }.sql,
                    Invitation.delete().where { $0.organizationID == id }.sql,
                ] + others
                    + [Organization.delete().where { $0.id == id }.sql])
        }
    }
}
