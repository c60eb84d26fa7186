import PostgresClient
public import Primitives
import TypedAPI
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

    public var description: String { "session \(id) of user \(userID)" }
}

/// A signed-in user.
public struct AuthSession: Hashable, Sendable {
    public var user: AuthUser
    public var session: AuthSessionRecord
    /// The team that the session acts for; nil without one, and where teams are off.
    public var activeTeamID: String? {
        if case .value(let team) = activeTeam { team } else { nil }
    }
    /// `Set-Cookie` values that the response must carry; empty unless the session was just refreshed.
    public var setCookies: [String] = []
    /// Absent where teams are off.
    var activeTeam: Patch<String> = .absent
    /// Whether an API key stands for the user: such a session has no row.
    var isOfAPIKey = false
}
