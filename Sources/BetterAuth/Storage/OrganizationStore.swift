import PostgresClient
import Primitives

/// Statements over `organization` and `invitation`.
struct OrganizationStore: Sendable {
    let database: PostgresPool

    static let columns: SQL = """
        o."id", o."name", o."slug", o."logo", o."createdAt", o."metadata"
        """

    static func read(_ row: inout RowReader) throws -> Organization {
        Organization(
            id: try row.next(), name: try row.next(), slug: try row.next(), logo: try row.next(), createdAt: try row.next(),
            metadata: try row.next()
        )
    }

    static func insertion(of organization: Organization) -> SQL {
        """
        insert into "organization" ("id", "name", "slug", "logo", "createdAt", "metadata")
        values (\(organization.id), \(organization.name), \(organization.slug), \(organization.logo), \(organization.createdAt),
            \(organization.metadata))
        """
    }

    func find(id: String) async throws -> Organization? {
        try await all("select \(Self.columns) from \"organization\" o where o.\"id\" = \(id)").first
    }

    func find(slug: String) async throws -> Organization? {
        try await all("select \(Self.columns) from \"organization\" o where o.\"slug\" = \(slug)").first
    }

    func isTaken(slug: String) async throws -> Bool {
        try await !database.query("select 1 from \"organization\" where \"slug\" = \(slug)").isEmpty
    }

    /// The organizations a user belongs to, the longest membership first.
    func all(ofUser user: String) async throws -> [Organization] {
        try await all(
            """
            select \(Self.columns) from "organization" o
            where o."id" in (select m."organizationId" from "member" m where m."userId" = \(user))
            order by o."createdAt", o."id"
            """)
    }

    func invitations(of organization: String, limit: Int) async throws -> [Invitation] {
        let rows = try await database.query(
            """
            select "id", "organizationId", "email", "role", "status", "expiresAt", "createdAt", "inviterId" from "invitation"
            where "organizationId" = \(organization) order by "createdAt", "id" limit \(limit)
            """)
        return try rows.map { row in
            var reader = RowReader(row)
            return Invitation(
                id: try reader.next(), organizationID: try reader.next(), email: try reader.next(), role: try reader.next(),
                status: try reader.next(), expiresAt: try reader.next(), createdAt: try reader.next(), inviterID: try reader.next()
            )
        }
    }

    private func all(_ sql: SQL) async throws -> [Organization] {
        try await database.query(sql).map { row in
            var reader = RowReader(row)
            return try Self.read(&reader)
        }
    }
}
