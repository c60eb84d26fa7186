import PostgresClient
public import Primitives
public import TypedSQL

/// A row of `member`: one user in one organization.
@Table("member", naming: .camelCase)
public struct Member: Hashable, Sendable {
    @Column(.primaryKey) public var id: String
    @References(\Organization.id, onDelete: .cascade) @Column(.index) public var organizationID: String
    @References(\AuthUser.id, onDelete: .cascade) @Column(.index) public var userID: String
    /// Comma-joined roles.
    public var role: String
    public var createdAt: Timestamp

    /// The member's roles one by one.
    public var roles: [String] { role.split(separator: ",").map(String.init) }

    public func hasRole(_ name: String) -> Bool { roles.contains(name) }
}

/// A member with what others may see of the user.
public struct MemberProfile: Hashable, Sendable {
    public var member: Member
    public var name: String
    public var email: String
    public var image: String?
}
