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

    func find(id: String) async throws -> Member? {
        try await database.first(Member.from().where { $0.id == id })
    }

    /// The member with that address, and what others may see of the user.
    func find(email: String, organization: String) async throws -> MemberProfile? {
        let query = Member.from().join(AuthUser.self) { member, user in user.id == member.userID }
            .where { member, user in
                member.organizationID == organization
                user.email == email
            }
            .select { member, user in (member, user.name, user.email, user.image) }
        return try await database.first(query).map { MemberProfile(member: $0.0, name: $0.1, email: $0.2, image: $0.3) }
    }

    func profile(of member: Member) async throws -> MemberProfile? {
        let query = AuthUser.from().where { $0.id == member.userID }.select { ($0.name, $0.email, $0.image) }
        return try await database.first(query).map { MemberProfile(member: member, name: $0.0, email: $0.1, image: $0.2) }
    }

    /// A page of an organization's members, and how many fit the filter in all.
    func page(
        of organization: String, filter: ListFilter<MemberColumn>?, order: ListOrder<MemberColumn>?, limit: Int, offset: Int
    ) async throws -> (members: [MemberProfile], total: Int) {
        let condition = filter.map { filter in { (member: Member.Columns) in filter.condition(on: member) } }
        let matching = Member.from().join(AuthUser.self) { member, user in user.id == member.userID }
            .where { member, _ in
                member.organizationID == organization
                if let condition { condition(member) }
            }
        let listed = matching.orderBy { member, _ in
            if let order { order.term(on: member) }
            member.createdAt
            member.id
        }.select { member, user in (member, user.name, user.email, user.image) }.limit(limit).offset(offset)
        let (rows, counts) = try await database.batch(listed, matching.select { _, _ in countRows() })
        return (rows.map { MemberProfile(member: $0.0, name: $0.1, email: $0.2, image: $0.3) }, counts.first ?? 0)
    }

    func countMemberships(ofUser user: String) async throws -> Int {
        try await database.one(Member.from().where { $0.userID == user }.select { _ in countRows() })
    }
}

/// The columns of a member that a list can be filtered and sorted by.
enum MemberColumn: String, Sendable, CaseIterable, ListColumn {
    case id, userID = "userId", organizationID = "organizationId", role, createdAt

    var kind: ListKind { self == .createdAt ? .time : .text }

    func field(of member: Member.Columns) -> ListField {
        switch self {
        case .id: .text(member.id.optional())
        case .userID: .text(member.userID.optional())
        case .organizationID: .text(member.organizationID.optional())
        case .role: .text(member.role.optional())
        case .createdAt: .time(member.createdAt.optional())
        }
    }
}
