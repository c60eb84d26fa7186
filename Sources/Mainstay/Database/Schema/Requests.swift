import JSON
import PostgresClient
import Primitives
import TypedSQL

/// The answer that was given to a request with an idempotency key.
@Table("idempotency_key")
struct IdempotencyKey {
    @Column(.primaryKey) let organizationID: String
    /// Method and path, with ids where the path has names.
    @Column(.primaryKey) let route: String
    @Column(.primaryKey) let key: String
    /// SHA-256 of what was asked: route and body.
    var requestHash: [UInt8]
    @Column(.type(.int2)) var status: Int
    var contentType: String
    @Column(default: .sql("'{}'")) var headers: JSONValue
    /// Sealed, since answers hold secrets.
    var body: [UInt8]
    @Column(default: .now) var createdAt: Timestamp
    @Column(.index) var expiresAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] { tenancy("idempotency_key", table.organizationID) }
}

/// Limits of ours on an API key of better-auth.
@Table("api_key_scope")
struct APIKeyScope {
    @Column("api_key_id", .primaryKey) let apiKeyID: String
    @Column(.index) let organizationID: String
    /// Nil: every project of the organization.
    var projectIDs: [ProjectID]?

    static func constraints(_ table: Columns) -> [TableElement] { tenancy("api_key_scope", table.organizationID) }
}

/// Jobs that are committed and on their way to Redis; BullMQOutbox writes and reads them.
///
/// Programs of one organization may add to it but see nothing in it.
@Table("bullmq_outbox")
struct OutboxRow {
    @Column(.primaryKey) let id: UUIDv7
    let queue: String
    let name: String
    let jobID: String
    let data: [UInt8]
    let options: JSONValue
    let dueAt: Timestamp?
    @Column(default: .now) let createdAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        [.grant(.insert, to: DatabaseRole.app), .grant(.select, .insert, .update, .delete, to: DatabaseRole.system)]
    }
}
