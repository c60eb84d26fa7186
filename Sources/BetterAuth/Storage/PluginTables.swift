import PostgresClient
import Primitives
import TypedSQL

/// A user's second factor.
@Table("twoFactor", naming: .camelCase)
struct TwoFactor {
    @Column(.primaryKey) let id: String
    @Column(.index) var secret: String
    var backupCodes: String
    @References(\AuthUser.id, onDelete: .cascade) @Column(.index) var userID: String
    var verified: Bool?
    @Column(.type(.int4)) var failedVerificationCount: Int?
    var lockedUntil: Timestamp?
}

/// A key that signs tokens.
@Table("jwks", naming: .camelCase)
struct SigningKey {
    @Column(.primaryKey) let id: String
    var publicKey: String
    var privateKey: String
    var createdAt: Timestamp
    var expiresAt: Timestamp?
    var alg: String?
    var crv: String?
}
