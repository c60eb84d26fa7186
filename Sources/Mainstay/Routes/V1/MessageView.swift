import JSON
import Primitives
import TypedAPI

/// What the publisher is told.
@Schema struct MessageReceipt {
    var id: MessageID
    var state: MessageState
    /// When it is due; null for at once.
    var scheduledFor: Timestamp?
    var createdAt: Timestamp

    init(_ message: NewMessage) {
        id = message.id
        state = message.state
        scheduledFor = message.scheduledFor
        createdAt = message.createdAt
    }
}

/// A message and how its deliveries went.
@Schema(name: "Message")
struct MessageView {
    var id: MessageID
    var projectID: ProjectID
    var queueID: QueueID
    var state: MessageState
    var contentType: String
    /// `base64` when the payload below is written so; null when it is the JSON itself.
    var encoding: PublishMessage.Encoding?
    var payload: RawJSON
    var retry: RetryPolicy
    var scheduledFor: Timestamp?
    /// Null once no attempt will follow.
    var nextAttemptAt: Timestamp?
    var attemptCount: Int
    var createdAt: Timestamp
    var updatedAt: Timestamp
    var finishedAt: Timestamp?
    var attempts: [AttemptView]

    init(_ attempted: AttemptedMessage) {
        let message = attempted.message
        id = message.id
        projectID = message.projectID
        queueID = message.queueID
        state = message.state
        contentType = message.contentType
        encoding = message.payloadEncoding == .base64 ? .base64 : nil
        payload =
            switch message.payloadEncoding {
            // Checked when it was accepted; what is stored is what was received.
            case .json: RawJSON(unchecked: message.payload)
            case .base64: RawJSON(.string(Base64.encode(message.payload)))
            }
        retry = message.retry
        scheduledFor = message.scheduledFor
        nextAttemptAt = message.nextAttemptAt
        attemptCount = message.attemptCount
        createdAt = message.id.uuid.timestamp
        updatedAt = message.updatedAt
        finishedAt = message.finishedAt
        attempts = attempted.attempts.map { AttemptView($0) }
    }
}

/// One attempt to deliver a message.
@Schema(name: "DeliveryAttempt")
struct AttemptView {
    /// Where the time of an attempt went, in milliseconds.
    @Schema(name: "AttemptTiming") struct Timing {
        var dnsMs: Double
        var connectMs: Double
        var tlsMs: Double
        var firstByteMs: Double
    }

    /// From 1.
    var number: Int
    var startedAt: Timestamp
    var durationMs: Double
    /// Of the answer; null when there was none.
    var status: Int?
    /// Why it failed: `http_status` when the answer was no success; `blocked_address`, `resolution_failed`, `connect_failed`, `tls_failed`,
    /// `timed_out`, `protocol_error` or `cancelled` when there was none; `invalid_url` or `invalid_request`, which end the message. Null when it succeeded.
    var error: String?
    /// A sentence for people about `error`.
    var errorDetail: String?
    var responseBody: String?
    /// Whether the answer was longer than what is kept of it.
    var responseTruncated: Bool
    var timing: Timing

    init(_ attempt: DeliveryAttempt) {
        number = attempt.number
        startedAt = attempt.startedAt
        durationMs = attempt.duration.milliseconds
        status = attempt.status
        error = attempt.error
        errorDetail = attempt.errorDetail
        responseBody = attempt.responseBody.map { String(decoding: $0, as: UTF8.self) }
        responseTruncated = attempt.responseTruncated
        timing = Timing(
            dnsMs: attempt.dns.milliseconds, connectMs: attempt.connect.milliseconds, tlsMs: attempt.tls.milliseconds,
            firstByteMs: attempt.firstByte.milliseconds)
    }
}
