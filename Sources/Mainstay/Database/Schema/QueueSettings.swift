import PostgresClient
import Primitives
import TypedSQL

/// How the messages of a queue take their turns, where it is not as by default. Redis has a copy; see ``GroupMirror``.
@Table("queue_settings")
struct QueueSettings {
    @References(\MessageQueue.id, onDelete: .cascade) @Column(.primaryKey) let queueID: QueueID
    @Column(.index) let organizationID: String
    /// How many deliveries may run at once; nil: no limit of its own.
    @Column(.type(.int4), .check("concurrency > 0")) var concurrency: Int?
    /// How many deliveries may start in each window; nil: any number.
    @Column(.type(.int4), .check("rate_max > 0")) var rateMax: Int?
    /// The window's length; nil: none.
    @Column("rate_duration_ms", .type(.int4), .check("rate_duration_ms > 0")) var rateDurationMilliseconds: Int?
    /// Nothing is delivered until it is false again.
    @Column(default: .value(false)) var isPaused: Bool
    @Column(default: .now) var updatedAt: Timestamp

    static func constraints(_ table: Columns) -> [TableElement] {
        tenancy("queue_settings", table.organizationID)
    }
}
