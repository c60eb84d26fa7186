import PostgresClient
import Primitives

/// Statements over `member`.
struct MemberStore: Sendable {
    let database: PostgresPool

    static let columns: SQL = """
        m."id", m."organizationId", m."userId", m."role", m."createdAt"
        """

    static func read(_ row: inout RowReader) throws -> Member {
        Member(
            id: try row.next(), organizationID: try row.next(), userID: try row.next(), role: try row.next(), createdAt: try row.next())
    }

    static func insertion(of member: Member) -> SQL {
        """
        insert into "member" ("id", "organizationId", "userId", "role", "createdAt")
        values (\(member.id), \(member.organizationID), \(member.userID), \(member.role), \(member.createdAt))
        """
    }

    func find(user: String, organization: String) async throws -> Member? {
        let rows = try await database.query(
            """
            select \(Self.columns) from "member" m where m."userId" = \(user) and m."organizationId" = \(organization)
            order by m."createdAt" limit 1
            """)
        guard let row = rows.first else { return nil }
        var reader = RowReader(row)
        return try Self.read(&reader)
    }

    func profiles(of organization: String, limit: Int) async throws -> [MemberProfile] {
        let rows = try await database.query(
            """
            select \(Self.columns), u."name", u."email", u."image" from "member" m join "user" u on u."id" = m."userId"
            where m."organizationId" = \(organization) order by m."createdAt", m."id" limit \(limit)
            """)
        return try rows.map { row in
            var reader = RowReader(row)
            let member = try Self.read(&reader)
            return MemberProfile(member: member, name: try reader.next(), email: try reader.next(), image: try reader.next())
        }
    }

    func countMemberships(ofUser user: String) async throws -> Int {
        try await database.query("select count(*) from \"member\" where \"userId\" = \(user)").first?.get(0, as: Int.self) ?? 0
    }
}
