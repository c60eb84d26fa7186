import BullMQOutbox
import JSON
import PostgresClient
import Primitives
import TypedAPI
import TypedSQL

/// How a payload came in, and so how it is shown: it is always stored and delivered as bytes.
enum PayloadEncoding: String, CheckedText {
    case json, base64
}

/// A message that has passed every check and can be stored.
struct NewMessage: Sendable {
    let id: MessageID
    let organizationID: String
    let projectID: ProjectID
    let queueID: QueueID
    let contentType: String
    let payload: [UInt8]
    let payloadEncoding: PayloadEncoding
    let retry: RetryPolicy
    /// Nil for at once.
    let scheduledFor: Timestamp?
    let retention: RetentionClass
    /// The publishing request, which deliveries continue.
    let trace: TraceContext?
    /// Messages the organization may have accepted in this month, this one included.
    let quota: Int

    var state: MessageState { scheduledFor == nil ? .queued : .scheduled }

    var createdAt: Timestamp { id.uuid.timestamp }

    var job: OutboxJob {
        DeliverJob(messageID: id, organizationID: organizationID).outboxJob(
            in: MessageGroup(organizationID: organizationID, queueID: queueID), dueAt: scheduledFor)
    }
}

/// Where a message stands.
@Schema
enum MessageState: String, PostgresEnum {
    static let typeName = "message_state"

    /// Accepted, not due yet.
    case scheduled
    /// Due, waiting for a worker.
    case queued
    /// An attempt is under way.
    case delivering
    /// The last attempt failed; another will follow.
    case retrying
    case delivered, failed, canceled

    /// No attempt will follow.
    var isFinal: Bool {
        switch self {
        case .delivered, .failed, .canceled: true
        case .scheduled, .queued, .delivering, .retrying: false
        }
    }
}

/// The job behind a message: what travels through Redis is two ids.
struct DeliverJob: Sendable {
    static let name = "deliver"

    let messageID: MessageID
    let organizationID: String

    init(messageID: MessageID, organizationID: String) {
        self.messageID = messageID
        self.organizationID = organizationID
    }

    init?(data: JSONValue) {
        guard let id = data["messageId"]?.string.flatMap({ MessageID($0) }), let organization = data["organizationId"]?.string else {
            return nil
        }
        self.init(messageID: id, organizationID: organization)
    }

    func outboxJob(in group: MessageGroup, dueAt: Timestamp?) -> OutboxJob {
        OutboxJob(
            id: messageID.uuid, queue: QueueManager.deliver, name: Self.name, jobID: messageID.description,
            data: RawJSON(["messageId": .string(messageID.description), "organizationId": .string(organizationID)]),
            options: ["removeOnComplete": true, "removeOnFail": 1000, "group": group.option], dueAt: dueAt)
    }
}
