import PostgresClient
import Primitives
import TypedSQL

/// The statement that accepts messages: it counts them against their organizations' quotas and stores those that fit.
enum MessageAcceptance {
    /// Accepts `messages` within `transaction`.
    ///
    /// An organization whose messages of this batch do not all fit gets none of them stored: try them one by one.
    /// - Returns: by organization, how much of the quota is used now; an organization that is missing was refused.
    static func store(_ messages: [NewMessage], at now: Timestamp, in transaction: PostgresTransaction) async throws -> [String: Int] {
        let input = AcceptedMessage.values(messages.map(AcceptedMessage.init)).from().named("input")
        let counted = count(wanted(input), period: UsagePeriod(containing: now))
        let stored = input.from().join(counted) { input, counted in input.organizationID == counted.fields.0 }
            .insert(into: Message.self) { message, input, _ in
                message.id.set(input.id)
                message.retention.set(input.retention)
                message.organizationID.set(input.organizationID)
                message.projectID.set(input.projectID)
                message.queueID.set(input.queueID)
                message.state.set(input.state)
                message.contentType.set(input.contentType)
                message.payloadEncoding.set(input.payloadEncoding)
                message.payload.set(input.payload)
                message.retry.set(input.retry)
                message.scheduledFor.set(input.scheduledFor)
                message.nextAttemptAt.set(input.scheduledFor.coalesce(input.createdAt))
                message.updatedAt.set(input.createdAt)
                message.traceparent.set(input.traceparent)
                message.tracestate.set(input.tracestate)
            }.named("stored")
        let used = try await transaction.all(counted.from().with(stored))
        return Dictionary(used) { first, _ in first }
    }

    private static func wanted(_ input: With<AcceptedMessage.Columns>) -> With<WantedUse.Columns> {
        input.from().groupBy { $0.organizationID }
            .select(WantedUse.self) {
                .init(organizationID: $0.organizationID, count: countRows(), quota: $0.quota.min().assumingNotNull())
            }.named("wanted")
    }

    /// Usage rows are the contended ones: one upsert an organization, in sorted order so that two batches cannot deadlock.
    private static func count(_ batch: With<WantedUse.Columns>, period: UsagePeriod) -> With<Fields<Expr<String>, Expr<Int>>> {
        let upsert = batch.from().where { $0.count <= $0.quota }.orderBy { $0.organizationID }
            .insert(into: UsageCount.self) { usage, wanted in
                usage.organizationID.set(wanted.organizationID)
                usage.metric.set(.messages)
                usage.periodStart.set(period.start)
                usage.used.set(wanted.count)
                usage.quota.set(wanted.quota)
            }
            .onConflict {
                $0.organizationID
                $0.metric
                $0.periodStart
            } update: { old, new in
                old.used.set(old.used + new.used)
                old.quota.set(new.quota)
            } where: { old, new in
                old.used + new.used <= new.quota
            }
        return upsert.returning { ($0.organizationID, $0.used) }.named("counted")
    }
}

/// What of a message travels to the database.
@Row
private struct AcceptedMessage {
    let id: MessageID
    let retention: RetentionClass
    let organizationID: String
    let projectID: ProjectID
    let queueID: QueueID
    let state: MessageState
    let contentType: String
    let payloadEncoding: PayloadEncoding
    let payload: [UInt8]
    let retry: RetryPolicy
    let scheduledFor: Timestamp?
    let createdAt: Timestamp
    let quota: Int
    let traceparent: String?
    let tracestate: String?

    init(_ message: NewMessage) {
        id = message.id
        retention = message.retention
        organizationID = message.organizationID
        projectID = message.projectID
        queueID = message.queueID
        state = message.state
        contentType = message.contentType
        payloadEncoding = message.payloadEncoding
        payload = message.payload
        retry = message.retry
        scheduledFor = message.scheduledFor
        createdAt = message.createdAt
        quota = message.quota
        traceparent = message.trace?.traceparent
        tracestate = message.trace?.tracestate
    }
}

/// How much an organization wants of what it may have.
@Row
private struct WantedUse {
    let organizationID: String
    let count: Int
    let quota: Int
}
