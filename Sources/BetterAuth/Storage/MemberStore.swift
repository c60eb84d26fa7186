import PostgresClient
import Primitives
import TypedSQL

/// Statements over `member`.
struct MemberStore: Sendable {
    let database: PostgresPool

    /// Asked with every request that acts for an organization.
    private static let membership = Prepared(String.self, String.self) { user, organization in
        Member.from().where { $0.userID == user && $0.organizationID == organization }.orderBy { $0.createdAt }.limit(1)
    }

    func find(user: String, organization: String) async throws -> Member? {
        try await database.run(Self.membership(user, organization)).first
    }

    func profiles(of organization: String, limit: Int) async throws -> [MemberProfile] {
        let query = Member.from().join(AuthUser.self) { member, user in user.id == member.userID }
            .where { member, _ in member.organizationID == organization }
            .orderBy { member, _ in
                member.createdAt
                member.id
            }
            .select { member, user in (member, user.name, user.email, user.image) }
            .limit(limit)
        return try await database.all(query).map { member, name, email, image in
            MemberProfile(member: member, name: name, email: email, image: image)
        }
    }

    func countMemberships(ofUser user: String) async throws -> Int {
        try await database.one(Member.from().where { $0.userID == user }.select { _ in countRows() })
    }
}
