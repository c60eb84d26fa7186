import PostgresClient
import Primitives
import TypedSQL

/// A way for a user to sign in: a password, or another provider's account.
@Table("account", naming: .camelCase)
struct Account {
    @Column(.primaryKey) let id: String
    /// At the provider; the user's own id for a password.
    var accountID: String
    var providerID: String
    @References(\AuthUser.id, onDelete: .cascade) @Column(.index) var userID: String
    var accessToken: String?
    var refreshToken: String?
    var idToken: String?
    var accessTokenExpiresAt: Timestamp?
    var refreshTokenExpiresAt: Timestamp?
    var scope: String?
    /// A hash.
    var password: String?
    @Column(default: .sql("current_timestamp")) var createdAt: Timestamp
    var updatedAt: Timestamp
}

/// The same table in databases of better-auth 1.7.0 to 1.7.2, as far as a password needs it.
@Table("account", naming: .camelCase)
struct AccountWithIssuer {
    @Column(.primaryKey) let id: String
    var accountID: String
    var providerID: String
    var userID: String
    var issuer: String
    var password: String?
    var createdAt: Timestamp
    var updatedAt: Timestamp
}

/// Something sent to an address to come back: a verification, a reset.
@Table("verification", naming: .camelCase)
struct Verification {
    @Column(.primaryKey) let id: String
    @Column(.index) var identifier: String
    var value: String
    var expiresAt: Timestamp
    @Column(default: .sql("current_timestamp")) var createdAt: Timestamp
    @Column(default: .sql("current_timestamp")) var updatedAt: Timestamp
}
