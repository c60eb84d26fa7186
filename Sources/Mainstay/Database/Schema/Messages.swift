import PostgresClient
import Primitives
import TypedSQL

/// A message that was accepted.
///
/// Partitioned by retention class, then by the time inside its id, so that retention drops whole partitions.
@Table("message")
struct Message {
    @Column(.primaryKey) let id: MessageID
    @Column("retention_days", .primaryKey) let retention: RetentionClass
    let organizationID: String
    let projectID: ProjectID
    let queueID: QueueID
    var state: MessageState
    let contentType: String
    let payloadEncoding: PayloadEncoding
    let payload: [UInt8]
    /// Fixed at acceptance from the message, else the queue.
    let retry: RetryPolicy
    let scheduledFor: Timestamp?
    /// W3C trace context of the request that published it; deliveries continue it.
    let traceparent: String?
    /// When the message is next due; nil once its state is final.
    var nextAttemptAt: Timestamp?
    @Column(.type(.int4), default: .value(0)) var attemptCount: Int
    @Column(default: .now) var updatedAt: Timestamp
    var finishedAt: Timestamp?
    /// What tracing systems said beside ``traceparent``.
    let tracestate: String?
    /// How many of ``attemptCount`` our own processes interrupted; they are not among the attempts that ``retry`` allows.
    @Column(.type(.int4), default: .value(0)) var interruptedCount: Int

    static func constraints(_ table: Columns) -> [TableElement] {
        [
            .check(
                "message_due_until_final_check", table.nextAttemptAt.isNull() == table.state.isIn([.delivered, .failed, .canceled])),
            .partitionByList(table.retention),
            // What is due and unfinished: a small index however many messages there are.
            .index(table.nextAttemptAt, table.id, name: "message_due_idx", where: table.nextAttemptAt.isNotNull()),
        ] + RetentionClass.partitions(of: "message", by: table.id) + tenancy("message", table.organizationID)
    }
}

/// One attempt to deliver a message, as it went. No foreign key leads to the message: it would keep PostgreSQL from dropping partitions.
@Table("delivery_attempt")
struct DeliveryAttempt {
    @Column(.primaryKey) let messageID: MessageID
    @Column("retention_days") let retention: RetentionClass
    @Column(.type(.int4)) let number: Int
    let organizationID: String
    let startedAt: Timestamp
    @Column("duration_us") let duration: Microseconds
    /// HTTP status of the answer; nil when there was none.
    @Column(.type(.int2)) let status: Int?
    /// Why the attempt failed: a code, and one sentence. Nil when it succeeded.
    let error: String?
    let errorDetail: String?
    let responseBody: [UInt8]?
    @Column(default: .value(false)) let responseTruncated: Bool
    @Column("dns_us", default: .value(0)) let dns: Microseconds
    @Column("connect_us", default: .value(0)) let connect: Microseconds
    @Column("tls_us", default: .value(0)) let tls: Microseconds
    @Column("first_byte_us", default: .value(0)) let firstByte: Microseconds

    static func constraints(_ table: Columns) -> [TableElement] {
        [.primaryKey(table.messageID, table.number, table.retention), .partitionByList(table.retention)]
            + RetentionClass.partitions(of: "delivery_attempt", by: table.messageID) + tenancy("delivery_attempt", table.organizationID)
    }
}

/// For how many days a message is kept: fixed at acceptance, and the first key of partitioning.
enum RetentionClass: Int16, ColumnValue, CaseIterable {
    case week = 7
    case month = 30
    case quarter = 90
    case year = 400

    /// A look-up by id names them all: PostgreSQL prunes by the time inside the id and probes these.
    static let all = Array(allCases)

    /// The partitions of a table, each partitioned by the time inside an id in turn. Those of days are made by maintenance.
    static func partitions(of table: String, by id: Expr<MessageID>) -> [TableElement] {
        allCases.map { retention in
            let name = "\(table)_r\(retention.rawValue)"
            return .partition(.list(name, in: [retention], partitioning: .by(.range, id), partitions: [.rest("\(name)_default")]))
        }
    }
}

/// A length of time in a `bigint` column.
struct Microseconds: RawRepresentable, ColumnValue {
    let rawValue: Int64

    init(rawValue: Int64) { self.rawValue = rawValue }
    init(_ duration: Duration) { rawValue = duration.microseconds }

    var milliseconds: Double { Double(rawValue) / 1000 }
}
