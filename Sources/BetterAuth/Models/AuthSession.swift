public import JSON
import PostgresClient
public import Primitives
public import TypedSQL

/// A row of `session`.
@Table("session", naming: .camelCase)
public struct AuthSessionRecord: Hashable, Sendable, CustomStringConvertible {
    @Column(.primaryKey) public var id: String
    /// Secret: whoever has it is the user.
    @Column(.unique) public var token: String
    @References(\AuthUser.id, onDelete: .cascade) @Column(.index) public var userID: String
    public var expiresAt: Timestamp
    @Column(default: .sql("current_timestamp")) public var createdAt: Timestamp
    public var updatedAt: Timestamp
    public var ipAddress: String?
    public var userAgent: String?
    public var activeOrganizationID: String?
    /// The admin who acts as this user, if any.
    public var impersonatedBy: String?

    /// In the contract's order. The token is part of it by design of the contract.
    public var json: JSONValue {
        [
            "expiresAt": .time(expiresAt), "token": .string(token), "createdAt": .time(createdAt), "updatedAt": .time(updatedAt),
            "ipAddress": .string(ipAddress ?? ""), "userAgent": .string(userAgent ?? ""), "userId": .string(userID),
            "activeOrganizationId": .string(orNull: activeOrganizationID), "impersonatedBy": .string(orNull: impersonatedBy),
            "id": .string(id),
        ]
    }

    public var description: String { "session \(id) of user \(userID)" }
}

/// A signed-in user.
public struct AuthSession: Hashable, Sendable {
    public var user: AuthUser
    public var session: AuthSessionRecord
    /// `Set-Cookie` values that the response must carry; empty unless the session was just refreshed.
    public var setCookies: [String] = []
}
