import PostgresClient
import Primitives
import TypedSQL

/// Where the messages of one kind go, and how.
@Table("queue")
struct MessageQueue {
    @Column(.primaryKey) let id: QueueID
    @Column(.index) let organizationID: String
    @References(\Project.id) let projectID: ProjectID
    var name: String
    @Column("destination_url") var destinationURL: String
    /// AES-GCM under the key-encryption key; the plain form is answered once, when the queue is made.
    var signingSecret: [UInt8]
    var retry: RetryPolicy
    /// Of one delivery, connecting included; 1 to 300,000.
    @Column("timeout_ms", .type(.int4), .check("timeout_ms between 1 and 300000")) var timeoutMilliseconds: Int
    @Column(default: .now) let createdAt: Timestamp
    @Column(default: .now) var updatedAt: Timestamp

    var timeout: Duration { .milliseconds(timeoutMilliseconds) }

    static func constraints(_ table: Columns) -> [TableElement] {
        [.unique(table.projectID, table.name, name: "queue_name_key")] + tenancy("queue", table.organizationID)
    }
}
