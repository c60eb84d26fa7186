import PostgresClient
public import Primitives
public import TypedSQL

/// A row of `invitation`.
@Table("invitation", naming: .camelCase)
public struct Invitation: Hashable, Sendable {
    @Column(.primaryKey) public var id: String
    @References(\Organization.id, onDelete: .cascade) @Column(.index) public var organizationID: String
    @Column(.index) public var email: String
    public var role: String?
    /// `pending`, `accepted`, `rejected` or `canceled`.
    public var status: String
    public var expiresAt: Timestamp
    @Column(default: .sql("current_timestamp")) public var createdAt: Timestamp
    @References(\AuthUser.id, onDelete: .cascade) public var inviterID: String
}
