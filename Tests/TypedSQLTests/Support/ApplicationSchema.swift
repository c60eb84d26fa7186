import JSON
import PostgresClient
import Primitives
import TypedSQL

// Tables as the application has them, to see that its statements can be said.

enum MessageTag: TypeIDTag { static let prefix = "msg" }
typealias MessageID = TypeID<MessageTag>

enum MessageState: String, PostgresEnum {
    static let typeName = "message_state"
    case scheduled, queued, delivering, retrying, delivered, failed, canceled
}

enum PayloadEncoding: String, CheckedText {
    case json, base64
}

enum DatabaseRoles {
    static let app = "typedsql_app"
    static let system = "typedsql_system"
}

/// The policies of every table that belongs to a tenant.
func tenantPolicies(_ table: String, _ organizationID: Expr<String>) -> [TableElement] {
    let isOwn = organizationID == currentSetting("app.organization_id")
    return [
        .rowSecurity(forced: true),
        .policy("\(table)_tenant", to: [DatabaseRoles.app], using: isOwn, check: isOwn),
        .policy("\(table)_system", to: [DatabaseRoles.system], using: Expr(true), check: Expr(true)),
        .grant(.select, .insert, .update, .delete, to: DatabaseRoles.app, DatabaseRoles.system),
    ]
}

@Table("queue")
struct MessageQueue {
    @Column(.primaryKey) let id: UUIDv7
    @Column(.index) var organizationID: String
    var name: String
    var destinationURL: String
    var signingSecret: [UInt8]
    var retry: JSONValue
    @Column("timeout_ms", .check("timeout_ms between 1 and 300000")) var timeoutMilliseconds: Int32
    @Column(default: .now) var createdAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        [.unique(table.organizationID, table.name, name: "queue_name_key")] + tenantPolicies("queue", table.organizationID)
    }
}

@Table
struct Message {
    let id: MessageID
    let retentionDays: Int16
    var organizationID: String
    var queueID: UUIDv7
    var state: MessageState
    var contentType: String
    var payloadEncoding: PayloadEncoding
    var payload: [UInt8]
    var retry: JSONValue
    var scheduledFor: Timestamp?
    var nextAttemptAt: Timestamp?
    @Column(default: .value(0 as Int32)) var attemptCount: Int32
    @Column(default: .now) var updatedAt: Timestamp
    var finishedAt: Timestamp?

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .primaryKey(table.id, table.retentionDays),
            .check(
                "message_due_until_final_check", table.nextAttemptAt.isNull() == table.state.isIn([.delivered, .failed, .canceled])),
            .partitionByList(table.retentionDays),
            .index(table.nextAttemptAt, table.id, name: "message_due_idx", where: table.nextAttemptAt.isNotNull()),
        ]
            + [Int16(7), 30].map { days in
                .partition(
                    .list(
                        "message_r\(days)", in: [days], partitioning: .by(.range, table.id),
                        partitions: [.rest("message_r\(days)_default")]))
            } + tenantPolicies("message", table.organizationID)
    }
}

@Table("delivery_attempt")
struct DeliveryAttempt {
    @Column(.primaryKey) let messageID: MessageID
    @Column(.primaryKey) let number: Int32
    @Column(.primaryKey) let retentionDays: Int16
    var organizationID: String
    var startedAt: Timestamp
    @Column("duration_us") var durationMicroseconds: Int64
    var status: Int16?
    var error: String?
    var responseBody: [UInt8]?
    @Column(default: .value(false)) var responseTruncated: Bool
}

@Table("usage_count")
struct UsageCount {
    @Column(.primaryKey) let organizationID: String
    @Column(.primaryKey) let metric: String
    @Column(.primaryKey) let periodStart: Timestamp
    var used: Int64
    var quota: Int64
}

@Table("idempotency_key")
struct IdempotencyKey {
    @Column(.primaryKey) let organizationID: String
    @Column(.primaryKey) let route: String
    @Column(.primaryKey) let key: String
    var requestHash: [UInt8]
    var status: Int16
    var body: [UInt8]
    @Column(default: .now) var createdAt: Timestamp
    var expiresAt: Timestamp
}

@Table("bullmq_outbox")
struct OutboxRow {
    @Column(.primaryKey) let id: UUIDv7
    var queue: String
    var jobID: String
    var data: [UInt8]
    var options: JSONValue
    var dueAt: Timestamp?
    @Column(default: .now) var createdAt: Timestamp
}

// better-auth's tables: quoted names in camel case, ids that are text.

@Table("user", naming: .camelCase)
struct User {
    @Column(.primaryKey) let id: String
    var name: String
    @Column(.unique) var email: String
    var emailVerified: Bool
    var image: String?
    @Column(default: .sql("current_timestamp")) var createdAt: Timestamp
    var role: String?
    var banned: Bool?
    var banReason: String?
    var banExpires: Timestamp?
}

@Table("session", naming: .camelCase)
struct Session {
    @Column(.primaryKey) let id: String
    var expiresAt: Timestamp
    @Column(.unique) var token: String
    @References(\User.id, onDelete: .cascade) var userID: String
    var activeOrganizationID: String?
}

@Table("apikey", naming: .camelCase)
struct APIKey {
    @Column(.primaryKey) let id: String
    var referenceID: String
    @Column(.index) var key: String
    var refillInterval: Int32?
    var refillAmount: Int32?
    var lastRefillAt: Timestamp?
    var enabled: Bool?
    var rateLimitEnabled: Bool?
    var rateLimitTimeWindow: Int32?
    var rateLimitMax: Int32?
    var requestCount: Int32?
    var remaining: Int32?
    var lastRequest: Timestamp?
    var createdAt: Timestamp
    var permissions: String?
}

let applicationSchema = DatabaseSchema(
    tables: [
        MessageQueue.schema, Message.schema, DeliveryAttempt.schema, UsageCount.schema, IdempotencyKey.schema, OutboxRow.schema,
        User.schema, Session.schema, APIKey.schema,
    ], enums: [MessageState.definition])
