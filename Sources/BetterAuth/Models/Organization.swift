import PostgresClient
public import Primitives
public import TypedSQL

/// A row of `organization`.
@Table("organization", naming: .camelCase)
public struct Organization: Hashable, Sendable {
    @Column(.primaryKey) public var id: String
    public var name: String
    @Column(.unique) public var slug: String
    public var logo: String?
    public var createdAt: Timestamp
    /// JSON text, as stored.
    public var metadata: String?
}
