public import JSON
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

    /// Every field, null or not, in the contract's order.
    public var json: JSONValue {
        [
            "name": .string(name), "email": .string(email), "emailVerified": .bool(emailVerified), "image": .string(orNull: image),
            "createdAt": .time(createdAt), "updatedAt": .time(updatedAt), "role": .string(orNull: role), "banned": .bool(orNull: banned),
            "banReason": .string(orNull: banReason), "banExpires": .time(orNull: banExpires),
            "twoFactorEnabled": .bool(orNull: twoFactorEnabled), "id": .string(id),
        ]
    }
}
