import PostgresClient
import Primitives
import TypedSQL

/// Statements over `organization` and `invitation`.
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

    func invitations(of organization: String, limit: Int) async throws -> [Invitation] {
        try await database.all(
            Invitation.from().where { $0.organizationID == organization }.orderBy {
                $0.createdAt
                $0.id
            }.limit(limit))
    }
}
