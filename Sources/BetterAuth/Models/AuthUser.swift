import PostgresClient
public import Primitives
public import TypedSQL

/// A row of `user`.
@Table("user", naming: .camelCase)
public struct AuthUser: Hashable, Sendable {
    @Column(.primaryKey) public var id: String
    public var name: String
    /// In lower case, unique.
    @Column(.unique) public var email: String
    public var emailVerified: Bool
    public var image: String?
    @Column(default: .sql("current_timestamp")) public var createdAt: Timestamp
    @Column(default: .sql("current_timestamp")) public var updatedAt: Timestamp
    /// Comma-joined roles.
    public var role: String?
    public var banned: Bool?
    public var banReason: String?
    public var banExpires: Timestamp?
    public var twoFactorEnabled: Bool?

    /// The user's roles one by one.
    public var roles: [String] { role?.split(separator: ",").map(String.init) ?? [] }

    /// Whether a ban holds at `now`; one that has run out does not.
    public func isBanned(at now: Timestamp) -> Bool {
        banned == true && !(banExpires.map { $0 < now } ?? false)
    }
}
