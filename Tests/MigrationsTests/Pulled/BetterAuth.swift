// swift-format-ignore-file
import JSON
import PostgresClient
import Primitives
import TypedSQL

@Table("account")
struct BetterAuthAccount {
    @Column("id") let id: String
    @Column("accountId") var accountId: String
    @Column("providerId") var providerId: String
    @Column("userId") var userId: String
    @Column("accessToken") var accessToken: String?
    @Column("refreshToken") var refreshToken: String?
    @Column("idToken") var idToken: String?
    @Column("accessTokenExpiresAt") var accessTokenExpiresAt: Timestamp?
    @Column("refreshTokenExpiresAt") var refreshTokenExpiresAt: Timestamp?
    @Column("scope") var scope: String?
    @Column("password") var password: String?
    @Column("createdAt", default: .sql("CURRENT_TIMESTAMP")) var createdAt: Timestamp
    @Column("updatedAt") var updatedAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "account_pkey", columns: ["id"]) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "account_userId_fkey", columns: ["userId"], table: TableName("user"), referencedColumns: ["id"], onDelete: .cascade)) },
            .index(table.userId, name: "account_userId_idx"),
        ]
    }
}

@Table("apikey")
struct BetterAuthApikey {
    @Column("id") let id: String
    @Column("configId") var configId: String
    @Column("name") var name: String?
    @Column("start") var start: String?
    @Column("referenceId") var referenceId: String
    @Column("prefix") var prefix: String?
    @Column("key") var key: String
    @Column("refillInterval") var refillInterval: Int32?
    @Column("refillAmount") var refillAmount: Int32?
    @Column("lastRefillAt") var lastRefillAt: Timestamp?
    @Column("enabled") var enabled: Bool?
    @Column("rateLimitEnabled") var rateLimitEnabled: Bool?
    @Column("rateLimitTimeWindow") var rateLimitTimeWindow: Int32?
    @Column("rateLimitMax") var rateLimitMax: Int32?
    @Column("requestCount") var requestCount: Int32?
    @Column("remaining") var remaining: Int32?
    @Column("lastRequest") var lastRequest: Timestamp?
    @Column("expiresAt") var expiresAt: Timestamp?
    @Column("createdAt") var createdAt: Timestamp
    @Column("updatedAt") var updatedAt: Timestamp
    @Column("permissions") var permissions: String?
    @Column("metadata") var metadata: String?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "apikey_pkey", columns: ["id"]) },
            .index(table.configId, name: "apikey_configId_idx"),
            .index(table.key, name: "apikey_key_idx"),
            .index(table.referenceId, name: "apikey_referenceId_idx"),
        ]
    }
}

@Table("invitation")
struct BetterAuthInvitation {
    @Column("id") let id: String
    @Column("organizationId") var organizationId: String
    @Column("email") var email: String
    @Column("role") var role: String?
    @Column("teamId") var teamId: String?
    @Column("status") var status: String
    @Column("expiresAt") var expiresAt: Timestamp
    @Column("createdAt", default: .sql("CURRENT_TIMESTAMP")) var createdAt: Timestamp
    @Column("inviterId") var inviterId: String

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "invitation_pkey", columns: ["id"]) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "invitation_inviterId_fkey", columns: ["inviterId"], table: TableName("user"), referencedColumns: ["id"], onDelete: .cascade)) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "invitation_organizationId_fkey", columns: ["organizationId"], table: TableName("organization"), referencedColumns: ["id"], onDelete: .cascade)) },
            .index(table.email, name: "invitation_email_idx"),
            .index(table.organizationId, name: "invitation_organizationId_idx"),
        ]
    }
}

@Table("jwks")
struct BetterAuthJwks {
    @Column("id") let id: String
    @Column("publicKey") var publicKey: String
    @Column("privateKey") var privateKey: String
    @Column("createdAt") var createdAt: Timestamp
    @Column("expiresAt") var expiresAt: Timestamp?
    @Column("alg") var alg: String?
    @Column("crv") var crv: String?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "jwks_pkey", columns: ["id"]) },
        ]
    }
}

@Table("member")
struct BetterAuthMember {
    @Column("id") let id: String
    @Column("organizationId") var organizationId: String
    @Column("userId") var userId: String
    @Column("role") var role: String
    @Column("createdAt") var createdAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "member_pkey", columns: ["id"]) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "member_organizationId_fkey", columns: ["organizationId"], table: TableName("organization"), referencedColumns: ["id"], onDelete: .cascade)) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "member_userId_fkey", columns: ["userId"], table: TableName("user"), referencedColumns: ["id"], onDelete: .cascade)) },
            .index(table.organizationId, name: "member_organizationId_idx"),
            .index(table.userId, name: "member_userId_idx"),
        ]
    }
}

@Table("organization")
struct BetterAuthOrganization {
    @Column("id") let id: String
    @Column("name") var name: String
    @Column("slug") var slug: String
    @Column("logo") var logo: String?
    @Column("createdAt") var createdAt: Timestamp
    @Column("metadata") var metadata: String?
    @Column("stripeCustomerId") var stripeCustomerId: String?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "organization_pkey", columns: ["id"]) },
            .unique(table.slug, name: "organization_slug_key"),
        ]
    }
}

@Table("organizationRole")
struct BetterAuthOrganizationRole {
    @Column("id") let id: String
    @Column("organizationId") var organizationId: String
    @Column("role") var role: String
    @Column("permission") var permission: String
    @Column("createdAt", default: .sql("CURRENT_TIMESTAMP")) var createdAt: Timestamp
    @Column("updatedAt") var updatedAt: Timestamp?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "organizationRole_pkey", columns: ["id"]) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "organizationRole_organizationId_fkey", columns: ["organizationId"], table: TableName("organization"), referencedColumns: ["id"], onDelete: .cascade)) },
            .index(table.organizationId, name: "organizationRole_organizationId_idx"),
            .index(table.role, name: "organizationRole_role_idx"),
        ]
    }
}

@Table("rateLimit")
struct BetterAuthRateLimit {
    @Column("id") let id: String
    @Column("key") var key: String
    @Column("count") var count: Int32
    @Column("lastRequest") var lastRequest: Int64

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "rateLimit_pkey", columns: ["id"]) },
            .unique(table.key, name: "rateLimit_key_key"),
        ]
    }
}

@Table("session")
struct BetterAuthSession {
    @Column("id") let id: String
    @Column("expiresAt") var expiresAt: Timestamp
    @Column("token") var token: String
    @Column("createdAt", default: .sql("CURRENT_TIMESTAMP")) var createdAt: Timestamp
    @Column("updatedAt") var updatedAt: Timestamp
    @Column("ipAddress") var ipAddress: String?
    @Column("userAgent") var userAgent: String?
    @Column("userId") var userId: String
    @Column("activeOrganizationId") var activeOrganizationId: String?
    @Column("activeTeamId") var activeTeamId: String?
    @Column("impersonatedBy") var impersonatedBy: String?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "session_pkey", columns: ["id"]) },
            .unique(table.token, name: "session_token_key"),
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "session_userId_fkey", columns: ["userId"], table: TableName("user"), referencedColumns: ["id"], onDelete: .cascade)) },
            .index(table.userId, name: "session_userId_idx"),
        ]
    }
}

@Table("subscription")
struct BetterAuthSubscription {
    @Column("id") let id: String
    @Column("plan") var plan: String
    @Column("referenceId") var referenceId: String
    @Column("stripeCustomerId") var stripeCustomerId: String?
    @Column("stripeSubscriptionId") var stripeSubscriptionId: String?
    @Column("status") var status: String
    @Column("periodStart") var periodStart: Timestamp?
    @Column("periodEnd") var periodEnd: Timestamp?
    @Column("cancelAtPeriodEnd") var cancelAtPeriodEnd: Bool?
    @Column("seats") var seats: Int32?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "subscription_pkey", columns: ["id"]) },
        ]
    }
}

@Table("team")
struct BetterAuthTeam {
    @Column("id") let id: String
    @Column("name") var name: String
    @Column("memberCount") var memberCount: Int32
    @Column("organizationId") var organizationId: String
    @Column("createdAt") var createdAt: Timestamp
    @Column("updatedAt") var updatedAt: Timestamp?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "team_pkey", columns: ["id"]) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "team_organizationId_fkey", columns: ["organizationId"], table: TableName("organization"), referencedColumns: ["id"], onDelete: .cascade)) },
            .index(table.organizationId, name: "team_organizationId_idx"),
        ]
    }
}

@Table("teamMember")
struct BetterAuthTeamMember {
    @Column("id") let id: String
    @Column("teamId") var teamId: String
    @Column("userId") var userId: String
    @Column("membershipKey") var membershipKey: String?
    @Column("createdAt") var createdAt: Timestamp?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "teamMember_pkey", columns: ["id"]) },
            .unique(table.membershipKey, name: "teamMember_membershipKey_key"),
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "teamMember_teamId_fkey", columns: ["teamId"], table: TableName("team"), referencedColumns: ["id"], onDelete: .cascade)) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "teamMember_userId_fkey", columns: ["userId"], table: TableName("user"), referencedColumns: ["id"], onDelete: .cascade)) },
            .index(table.teamId, name: "teamMember_teamId_idx"),
            .index(table.userId, name: "teamMember_userId_idx"),
        ]
    }
}

@Table("twoFactor")
struct BetterAuthTwoFactor {
    @Column("id") let id: String
    @Column("secret") var secret: String
    @Column("backupCodes") var backupCodes: String
    @Column("userId") var userId: String
    @Column("verified") var verified: Bool?
    @Column("failedVerificationCount") var failedVerificationCount: Int32?
    @Column("lockedUntil") var lockedUntil: Timestamp?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "twoFactor_pkey", columns: ["id"]) },
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "twoFactor_userId_fkey", columns: ["userId"], table: TableName("user"), referencedColumns: ["id"], onDelete: .cascade)) },
            .index(table.secret, name: "twoFactor_secret_idx"),
            .index(table.userId, name: "twoFactor_userId_idx"),
        ]
    }
}

@Table("user")
struct BetterAuthUser {
    @Column("id") let id: String
    @Column("name") var name: String
    @Column("email") var email: String
    @Column("emailVerified") var emailVerified: Bool
    @Column("image") var image: String?
    @Column("createdAt", default: .sql("CURRENT_TIMESTAMP")) var createdAt: Timestamp
    @Column("updatedAt", default: .sql("CURRENT_TIMESTAMP")) var updatedAt: Timestamp
    @Column("role") var role: String?
    @Column("banned") var banned: Bool?
    @Column("banReason") var banReason: String?
    @Column("banExpires") var banExpires: Timestamp?
    @Column("twoFactorEnabled") var twoFactorEnabled: Bool?
    @Column("username") var username: String?
    @Column("displayUsername") var displayUsername: String?
    @Column("stripeCustomerId") var stripeCustomerId: String?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "user_pkey", columns: ["id"]) },
            .unique(table.email, name: "user_email_key"),
            .unique(table.username, name: "user_username_key"),
        ]
    }
}

@Table("verification")
struct BetterAuthVerification {
    @Column("id") let id: String
    @Column("identifier") var identifier: String
    @Column("value") var value: String
    @Column("expiresAt") var expiresAt: Timestamp
    @Column("createdAt", default: .sql("CURRENT_TIMESTAMP")) var createdAt: Timestamp
    @Column("updatedAt", default: .sql("CURRENT_TIMESTAMP")) var updatedAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "verification_pkey", columns: ["id"]) },
            .index(table.identifier, name: "verification_identifier_idx"),
        ]
    }
}

let betterAuthSchema = DatabaseSchema(
    tables: [
        BetterAuthAccount.schema,
        BetterAuthApikey.schema,
        BetterAuthInvitation.schema,
        BetterAuthJwks.schema,
        BetterAuthMember.schema,
        BetterAuthOrganization.schema,
        BetterAuthOrganizationRole.schema,
        BetterAuthRateLimit.schema,
        BetterAuthSession.schema,
        BetterAuthSubscription.schema,
        BetterAuthTeam.schema,
        BetterAuthTeamMember.schema,
        BetterAuthTwoFactor.schema,
        BetterAuthUser.schema,
        BetterAuthVerification.schema,
    ]
)
