// swift-format-ignore-file
import JSON
import PostgresClient
import Primitives
import TypedSQL

enum ApplicationMessageState: String, PostgresEnum {
    static let typeName = "message_state"
    case scheduled
    case queued
    case delivering
    case retrying
    case delivered
    case failed
    case canceled
}

@Table("account")
struct ApplicationAccount {
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
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("api_key_scope")
struct ApplicationApiKeyScope {
    @Column("api_key_id") let apiKeyId: String
    @Column("organization_id") var organizationId: String
    @Column("project_ids") var projectIds: [UUIDv7]?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "api_key_scope_pkey", columns: ["api_key_id"]) },
            .index(table.organizationId, name: "api_key_scope_organization_id_idx"),
            .rowSecurity(forced: true),
            .policy("api_key_scope_system", to: ["mainstay_system"], using: Fragment("true").as(Bool.self), check: Fragment("true").as(Bool.self)),
            .policy("api_key_scope_tenant", to: ["mainstay_app"], using: Fragment("organization_id = current_setting('app.organization_id'::text, true)").as(Bool.self), check: Fragment("organization_id = current_setting('app.organization_id'::text, true)").as(Bool.self)),
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("apikey")
struct ApplicationApikey {
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
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("bullmq_outbox")
struct ApplicationBullmqOutbox {
    @Column("id") let id: UUIDv7
    @Column("queue") var queue: String
    @Column("name") var name: String
    @Column("job_id") var jobId: String
    @Column("data") var data: [UInt8]
    @Column("options") var options: JSONValue
    @Column("due_at") var dueAt: Timestamp?
    @Column("created_at", default: .sql("now()")) var createdAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "bullmq_outbox_pkey", columns: ["id"]) },
            .grant(.insert, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("delivery_attempt")
struct ApplicationDeliveryAttempt {
    @Column("message_id") let messageId: UUIDv7
    @Column("retention_days") let retentionDays: Int16
    @Column("number") let number: Int32
    @Column("organization_id") var organizationId: String
    @Column("started_at") var startedAt: Timestamp
    @Column("duration_us") var durationUs: Int64
    @Column("status") var status: Int16?
    @Column("error") var error: String?
    @Column("error_detail") var errorDetail: String?
    @Column("response_body") var responseBody: [UInt8]?
    @Column("response_truncated", default: .sql("false")) var responseTruncated: Bool
    @Column("dns_us", default: .sql("0")) var dnsUs: Int64
    @Column("connect_us", default: .sql("0")) var connectUs: Int64
    @Column("tls_us", default: .sql("0")) var tlsUs: Int64
    @Column("first_byte_us", default: .sql("0")) var firstByteUs: Int64

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "delivery_attempt_pkey", columns: ["message_id", "number", "retention_days"]) },
            .rowSecurity(forced: true),
            .policy("delivery_attempt_system", to: ["mainstay_system"], using: Fragment("true").as(Bool.self), check: Fragment("true").as(Bool.self)),
            .policy("delivery_attempt_tenant", to: ["mainstay_app"], using: Fragment("organization_id = current_setting('app.organization_id'::text, true)").as(Bool.self), check: Fragment("organization_id = current_setting('app.organization_id'::text, true)").as(Bool.self)),
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
            .other { $0.partitioning = Partitioning(strategy: .list, keys: [#""retention_days""#]) },
            .other { $0.partitions.append(PartitionSchema(name: TableName("delivery_attempt_r30"), bounds: "for values in ('30')", partitioning: Partitioning(strategy: .range, keys: [#""message_id""#]), partitions: [PartitionSchema(name: TableName("delivery_attempt_r30_default"), bounds: "default")])) },
            .other { $0.partitions.append(PartitionSchema(name: TableName("delivery_attempt_r400"), bounds: "for values in ('400')", partitioning: Partitioning(strategy: .range, keys: [#""message_id""#]), partitions: [PartitionSchema(name: TableName("delivery_attempt_r400_default"), bounds: "default")])) },
            .other { $0.partitions.append(PartitionSchema(name: TableName("delivery_attempt_r7"), bounds: "for values in ('7')", partitioning: Partitioning(strategy: .range, keys: [#""message_id""#]), partitions: [PartitionSchema(name: TableName("delivery_attempt_r7_default"), bounds: "default")])) },
            .other { $0.partitions.append(PartitionSchema(name: TableName("delivery_attempt_r90"), bounds: "for values in ('90')", partitioning: Partitioning(strategy: .range, keys: [#""message_id""#]), partitions: [PartitionSchema(name: TableName("delivery_attempt_r90_default"), bounds: "default")])) },
        ]
    }
}

@Table("idempotency_key")
struct ApplicationIdempotencyKey {
    @Column("organization_id") let organizationId: String
    @Column("route") let route: String
    @Column("key") let key: String
    @Column("request_hash") var requestHash: [UInt8]
    @Column("status") var status: Int16
    @Column("content_type") var contentType: String
    @Column("headers", default: .sql("'{}'::jsonb")) var headers: JSONValue
    @Column("body") var body: [UInt8]
    @Column("created_at", default: .sql("now()")) var createdAt: Timestamp
    @Column("expires_at") var expiresAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "idempotency_key_pkey", columns: ["organization_id", "route", "key"]) },
            .index(table.expiresAt, name: "idempotency_key_expires_at_idx"),
            .rowSecurity(forced: true),
            .policy("idempotency_key_system", to: ["mainstay_system"], using: Fragment("true").as(Bool.self), check: Fragment("true").as(Bool.self)),
            .policy("idempotency_key_tenant", to: ["mainstay_app"], using: Fragment("organization_id = current_setting('app.organization_id'::text, true)").as(Bool.self), check: Fragment("organization_id = current_setting('app.organization_id'::text, true)").as(Bool.self)),
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("invitation")
struct ApplicationInvitation {
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
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("jwks")
struct ApplicationJwks {
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
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("member")
struct ApplicationMember {
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
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("message")
struct ApplicationMessage {
    @Column("id") let id: UUIDv7
    @Column("retention_days") let retentionDays: Int16
    @Column("organization_id") var organizationId: String
    @Column("project_id") var projectId: UUIDv7
    @Column("queue_id") var queueId: UUIDv7
    @Column("state") var state: ApplicationMessageState
    @Column("content_type") var contentType: String
    @Column("payload_encoding") var payloadEncoding: String
    @Column("payload") var payload: [UInt8]
    @Column("retry") var retry: JSONValue
    @Column("scheduled_for") var scheduledFor: Timestamp?
    @Column("traceparent") var traceparent: String?
    @Column("tracestate") var tracestate: String?
    @Column("next_attempt_at") var nextAttemptAt: Timestamp?
    @Column("attempt_count", default: .sql("0")) var attemptCount: Int32
    @Column("updated_at", default: .sql("now()")) var updatedAt: Timestamp
    @Column("finished_at") var finishedAt: Timestamp?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "message_pkey", columns: ["id", "retention_days"]) },
            .check("message_due_until_final_check", Fragment("(next_attempt_at IS NULL) = (state = ANY (ARRAY['delivered'::message_state, 'failed'::message_state, 'canceled'::message_state]))").as(Bool.self)),
            .check("message_payload_encoding_check", Fragment("payload_encoding = ANY (ARRAY['json'::text, 'base64'::text])").as(Bool.self)),
            .index(table.nextAttemptAt, table.id, name: "message_due_idx", where: Fragment("next_attempt_at IS NOT NULL").as(Bool.self)),
            .rowSecurity(forced: true),
            .policy("message_system", to: ["mainstay_system"], using: Fragment("true").as(Bool.self), check: Fragment("true").as(Bool.self)),
            .policy("message_tenant", to: ["mainstay_app"], using: Fragment("organization_id = current_setting('app.organization_id'::text, true)").as(Bool.self), check: Fragment("organization_id = current_setting('app.organization_id'::text, true)").as(Bool.self)),
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
            .other { $0.partitioning = Partitioning(strategy: .list, keys: [#""retention_days""#]) },
            .other { $0.partitions.append(PartitionSchema(name: TableName("message_r30"), bounds: "for values in ('30')", partitioning: Partitioning(strategy: .range, keys: [#""id""#]), partitions: [PartitionSchema(name: TableName("message_r30_default"), bounds: "default")])) },
            .other { $0.partitions.append(PartitionSchema(name: TableName("message_r400"), bounds: "for values in ('400')", partitioning: Partitioning(strategy: .range, keys: [#""id""#]), partitions: [PartitionSchema(name: TableName("message_r400_default"), bounds: "default")])) },
            .other { $0.partitions.append(PartitionSchema(name: TableName("message_r7"), bounds: "for values in ('7')", partitioning: Partitioning(strategy: .range, keys: [#""id""#]), partitions: [PartitionSchema(name: TableName("message_r7_default"), bounds: "default")])) },
            .other { $0.partitions.append(PartitionSchema(name: TableName("message_r90"), bounds: "for values in ('90')", partitioning: Partitioning(strategy: .range, keys: [#""id""#]), partitions: [PartitionSchema(name: TableName("message_r90_default"), bounds: "default")])) },
        ]
    }
}

@Table("organization")
struct ApplicationOrganization {
    @Column("id") let id: String
    @Column("name") var name: String
    @Column("slug") var slug: String
    @Column("logo") var logo: String?
    @Column("createdAt") var createdAt: Timestamp
    @Column("metadata") var metadata: String?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "organization_pkey", columns: ["id"]) },
            .unique(table.slug, name: "organization_slug_key"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("organizationRole")
struct ApplicationOrganizationRole {
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
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("organization_plan")
struct ApplicationOrganizationPlan {
    @Column("organization_id") let organizationId: String
    @Column("plan", default: .sql("'free'::text")) var plan: String
    @Column("overrides", default: .sql("'{}'::jsonb")) var overrides: JSONValue
    @Column("updated_at", default: .sql("now()")) var updatedAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "organization_plan_pkey", columns: ["organization_id"]) },
            .check("organization_plan_plan_check", Fragment("plan = ANY (ARRAY['free'::text, 'pro'::text, 'enterprise'::text])").as(Bool.self)),
            .rowSecurity(forced: true),
            .policy("organization_plan_system", to: ["mainstay_system"], using: Fragment("true").as(Bool.self), check: Fragment("true").as(Bool.self)),
            .policy("organization_plan_tenant", to: ["mainstay_app"], using: Fragment("organization_id = current_setting('app.organization_id'::text, true)").as(Bool.self), check: Fragment("organization_id = current_setting('app.organization_id'::text, true)").as(Bool.self)),
            .grant(.select, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("project")
struct ApplicationProject {
    @Column("id") let id: UUIDv7
    @Column("organization_id") var organizationId: String
    @Column("name") var name: String
    @Column("slug") var slug: String
    @Column("created_at", default: .sql("now()")) var createdAt: Timestamp
    @Column("updated_at", default: .sql("now()")) var updatedAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "project_pkey", columns: ["id"]) },
            .unique(table.organizationId, table.slug, name: "project_slug_key"),
            .rowSecurity(forced: true),
            .policy("project_system", to: ["mainstay_system"], using: Fragment("true").as(Bool.self), check: Fragment("true").as(Bool.self)),
            .policy("project_tenant", to: ["mainstay_app"], using: Fragment("organization_id = current_setting('app.organization_id'::text, true)").as(Bool.self), check: Fragment("organization_id = current_setting('app.organization_id'::text, true)").as(Bool.self)),
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("queue")
struct ApplicationQueue {
    @Column("id") let id: UUIDv7
    @Column("organization_id") var organizationId: String
    @Column("project_id") var projectId: UUIDv7
    @Column("name") var name: String
    @Column("destination_url") var destinationUrl: String
    @Column("signing_secret") var signingSecret: [UInt8]
    @Column("retry") var retry: JSONValue
    @Column("timeout_ms") var timeoutMs: Int32
    @Column("created_at", default: .sql("now()")) var createdAt: Timestamp
    @Column("updated_at", default: .sql("now()")) var updatedAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "queue_pkey", columns: ["id"]) },
            .unique(table.projectId, table.name, name: "queue_name_key"),
            .other { $0.foreignKeys.append(ForeignKeySchema(name: "queue_project_id_fkey", columns: ["project_id"], table: TableName("project"), referencedColumns: ["id"])) },
            .check("queue_timeout_ms_check", Fragment("timeout_ms >= 1 AND timeout_ms <= 300000").as(Bool.self)),
            .index(table.organizationId, name: "queue_organization_id_idx"),
            .rowSecurity(forced: true),
            .policy("queue_system", to: ["mainstay_system"], using: Fragment("true").as(Bool.self), check: Fragment("true").as(Bool.self)),
            .policy("queue_tenant", to: ["mainstay_app"], using: Fragment("organization_id = current_setting('app.organization_id'::text, true)").as(Bool.self), check: Fragment("organization_id = current_setting('app.organization_id'::text, true)").as(Bool.self)),
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("session")
struct ApplicationSession {
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
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("team")
struct ApplicationTeam {
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
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("teamMember")
struct ApplicationTeamMember {
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
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("twoFactor")
struct ApplicationTwoFactor {
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
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("usage")
struct ApplicationUsage {
    @Column("organization_id") let organizationId: String
    @Column("metric") let metric: String
    @Column("period_start") let periodStart: Timestamp
    @Column("used") var used: Int64
    @Column("quota") var quota: Int64

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "usage_pkey", columns: ["organization_id", "metric", "period_start"]) },
            .rowSecurity(forced: true),
            .policy("usage_system", to: ["mainstay_system"], using: Fragment("true").as(Bool.self), check: Fragment("true").as(Bool.self)),
            .policy("usage_tenant", to: ["mainstay_app"], using: Fragment("organization_id = current_setting('app.organization_id'::text, true)").as(Bool.self), check: Fragment("organization_id = current_setting('app.organization_id'::text, true)").as(Bool.self)),
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("user")
struct ApplicationUser {
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

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .other { $0.primaryKey = PrimaryKeySchema(name: "user_pkey", columns: ["id"]) },
            .unique(table.email, name: "user_email_key"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

@Table("verification")
struct ApplicationVerification {
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
            .grant(.select, .insert, .update, .delete, to: "mainstay_app"),
            .grant(.select, .insert, .update, .delete, to: "mainstay_system"),
        ]
    }
}

let applicationSchema = DatabaseSchema(
    tables: [
        ApplicationAccount.schema,
        ApplicationApiKeyScope.schema,
        ApplicationApikey.schema,
        ApplicationBullmqOutbox.schema,
        ApplicationDeliveryAttempt.schema,
        ApplicationIdempotencyKey.schema,
        ApplicationInvitation.schema,
        ApplicationJwks.schema,
        ApplicationMember.schema,
        ApplicationMessage.schema,
        ApplicationOrganization.schema,
        ApplicationOrganizationRole.schema,
        ApplicationOrganizationPlan.schema,
        ApplicationProject.schema,
        ApplicationQueue.schema,
        ApplicationSession.schema,
        ApplicationTeam.schema,
        ApplicationTeamMember.schema,
        ApplicationTwoFactor.schema,
        ApplicationUsage.schema,
        ApplicationUser.schema,
        ApplicationVerification.schema,
    ],
    enums: [
        ApplicationMessageState.definition,
    ],
    objects: [
        SQLObject("function.maintain_partitions(at timestamp with time zone, OUT made integer, OUT dropped integer, OUT postponed boolean)", create: "CREATE OR REPLACE FUNCTION maintain_partitions(at timestamp with time zone DEFAULT now(), OUT made integer, OUT dropped integer, OUT postponed boolean)\n RETURNS record\n LANGUAGE plpgsql\n SECURITY DEFINER\n SET search_path TO 'public', 'pg_temp'\n SET lock_timeout TO '1s'\nAS $function$\ndeclare\n    today constant date := (at at time zone 'utc')::date;\n    parent text;\n    key text;\n    class record;\n    start_day date;\n    child text;\n    lower_bound uuid;\n    upper_bound uuid;\n    expired record;\n    waiting boolean;\nbegin\n    made := 0;\n    dropped := 0;\n    postponed := false;\n    if not pg_try_advisory_xact_lock(hashtext('mainstay.maintain_partitions')) then\n        return;\n    end if;\n    foreach parent in array array['message', 'delivery_attempt'] loop\n        key := case parent when 'message' then 'id' else 'message_id' end;\n        for class in select * from (values (7, 1), (30, 1), (90, 7), (400, 28)) as classes(days, step) loop\n            -- Partitions begin on multiples of their width since 1970, so that every run finds the same bounds.\n            start_day := date '1970-01-01' + (today - date '1970-01-01') / class.step * class.step;\n            while start_day <= today + 7 loop\n                child := format('%s_r%s_%s', parent, class.days, to_char(start_day, 'YYYYMMDD'));\n                lower_bound := uuidv7_lower_bound(start_day::timestamp at time zone 'utc');\n                upper_bound := uuidv7_lower_bound((start_day + class.step)::timestamp at time zone 'utc');\n                if to_regclass(child) is null then\n                    begin\n                        execute format('create table %I (like %I including all)', child, parent);\n                        -- Rows are in the default partition when maintenance came late.\n                        execute format('with late as (delete from %1$I where %2$I >= %3$L and %2$I < %4$L returning *) insert into %5$I select * from late',\n                                       parent || '_r' || class.days || '_default', key, lower_bound, upper_bound, child);\n                        execute format('alter table %I attach partition %I for values from (%L) to (%L)',\n                                       parent || '_r' || class.days, child, lower_bound, upper_bound);\n                        made := made + 1;\n                    exception when lock_not_available then\n                        postponed := true;\n                        return;\n                    end;\n                end if;\n                start_day := start_day + class.step;\n            end loop;\n        end loop;\n    end loop;\n    for expired in\n        select attempts.relname as attempts, messages.relname as messages\n        from (values (7, 1), (30, 1), (90, 7), (400, 28)) as classes(days, step)\n        join pg_class messages on messages.relname ~ format('^message_r%s_[0-9]{8}$', classes.days)\n                              and messages.relnamespace = 'public'::regnamespace and messages.relkind = 'r'\n        join pg_class attempts on attempts.relname = 'delivery_attempt' || substr(messages.relname, 8)\n                              and attempts.relnamespace = 'public'::regnamespace and attempts.relkind = 'r'\n        where to_date(right(messages.relname, 8), 'YYYYMMDD') + classes.step + classes.days < today\n    loop\n        begin\n            execute format('select exists (select from %I where next_attempt_at is not null)', expired.messages) into waiting;\n            if not waiting then\n                execute format('drop table %I, %I', expired.messages, expired.attempts);\n                dropped := dropped + 1;\n            end if;\n        exception when lock_not_available then\n            postponed := true;\n            return;\n        end;\n    end loop;\nend\n$function$;\nrevoke execute on function maintain_partitions(at timestamp with time zone, OUT made integer, OUT dropped integer, OUT postponed boolean) from public;\ngrant execute on function maintain_partitions(at timestamp with time zone, OUT made integer, OUT dropped integer, OUT postponed boolean) to mainstay_system", drop: "drop function maintain_partitions(at timestamp with time zone, OUT made integer, OUT dropped integer, OUT postponed boolean)"),
        SQLObject("function.notify_change()", create: "CREATE OR REPLACE FUNCTION notify_change()\n RETURNS trigger\n LANGUAGE plpgsql\nAS $function$\nbegin\n    if tg_op <> 'INSERT' then\n        perform pg_notify('mainstay_changes', to_jsonb(old) ->> tg_argv[0]);\n    end if;\n    -- The same text twice in a transaction is one notification; a row that changes hands has two.\n    if tg_op <> 'DELETE' then\n        perform pg_notify('mainstay_changes', to_jsonb(new) ->> tg_argv[0]);\n    end if;\n    return null;\nend\n$function$", drop: "drop function notify_change()"),
        SQLObject("function.uuidv7_lower_bound(at timestamp with time zone)", create: "CREATE OR REPLACE FUNCTION uuidv7_lower_bound(at timestamp with time zone)\n RETURNS uuid\n LANGUAGE sql\n IMMUTABLE PARALLEL SAFE STRICT\nAS $function$ select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $function$;\ngrant execute on function uuidv7_lower_bound(at timestamp with time zone) to mainstay_app;\ngrant execute on function uuidv7_lower_bound(at timestamp with time zone) to mainstay_system", drop: "drop function uuidv7_lower_bound(at timestamp with time zone)"),
        SQLObject("trigger.api_key_scope.api_key_scope_notify", create: "CREATE TRIGGER api_key_scope_notify AFTER INSERT OR DELETE OR UPDATE ON api_key_scope FOR EACH ROW EXECUTE FUNCTION notify_change('organization_id')", drop: "drop trigger api_key_scope_notify on api_key_scope", dependsOn: ["api_key_scope"]),
        SQLObject("trigger.apikey.apikey_notify", create: #"CREATE TRIGGER apikey_notify AFTER INSERT OR DELETE OR UPDATE OF key, enabled, "expiresAt", permissions, "referenceId", "configId" ON apikey FOR EACH ROW EXECUTE FUNCTION notify_change('referenceId')"#, drop: "drop trigger apikey_notify on apikey", dependsOn: ["apikey"]),
        SQLObject("trigger.organization.organization_notify", create: "CREATE TRIGGER organization_notify AFTER DELETE OR UPDATE OF name, slug ON organization FOR EACH ROW EXECUTE FUNCTION notify_change('id')", drop: "drop trigger organization_notify on organization", dependsOn: ["organization"]),
        SQLObject("trigger.organization_plan.organization_plan_notify", create: "CREATE TRIGGER organization_plan_notify AFTER INSERT OR DELETE OR UPDATE ON organization_plan FOR EACH ROW EXECUTE FUNCTION notify_change('organization_id')", drop: "drop trigger organization_plan_notify on organization_plan", dependsOn: ["organization_plan"]),
        SQLObject("trigger.project.project_notify", create: "CREATE TRIGGER project_notify AFTER DELETE OR UPDATE ON project FOR EACH ROW EXECUTE FUNCTION notify_change('organization_id')", drop: "drop trigger project_notify on project", dependsOn: ["project"]),
        SQLObject("trigger.queue.queue_notify", create: "CREATE TRIGGER queue_notify AFTER DELETE OR UPDATE ON queue FOR EACH ROW EXECUTE FUNCTION notify_change('organization_id')", drop: "drop trigger queue_notify on queue", dependsOn: ["queue"]),
    ],
    roles: [
        RoleSchema("mainstay_app"),
        RoleSchema("mainstay_system"),
    ],
    schemaGrants: [
        SchemaGrant([.usage], on: "public", to: ["mainstay_app"]),
        SchemaGrant([.usage], on: "public", to: ["mainstay_system"]),
    ]
)
