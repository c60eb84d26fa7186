import HTTPDelivery
import PostgresClient
import Primitives
import TypedSQL

/// Reads messages and moves them from state to state, one statement a step.
struct MessageStore: Sendable {
    let database: Database

    private static let message = Prepared(MessageID.self, [RetentionClass].self, QueueID.self, String.self) {
        id, classes, queue, organization in
        Message.from().where { message in
            message.id == id
            message.retention.isAny(of: classes)
            message.queueID == queue
            message.organizationID == organization
        }
    }

    private static let attempts = Prepared(MessageID.self, [RetentionClass].self, String.self) { id, classes, organization in
        DeliveryAttempt.from().where { attempt in
            attempt.messageID == id
            attempt.retention.isAny(of: classes)
            attempt.organizationID == organization
        }.orderBy { $0.number }.limit(1000)
    }

    /// nil when there is none in this queue.
    ///
    /// - Parameter likely: Where to look first: the class of the organization's plan, unless that has changed since the message came. With the
    ///   class and the time inside the id known, PostgreSQL plans for one partition of each table.
    func find(_ id: MessageID, in queue: QueueID, likely: RetentionClass, scope: TenantScope) async throws -> AttemptedMessage? {
        let database = database.within(scope)
        for classes in [[likely], RetentionClass.all.filter { $0 != likely }] {
            let (messages, attempts) = try await database.batch(
                Self.message(id, classes, queue, scope.organizationID), Self.attempts(id, classes, scope.organizationID))
            if let message = messages.first { return AttemptedMessage(message: message, attempts: attempts) }
        }
        return nil
    }

    // MARK: - Delivering

    private static let maximumInterruptions = 10

    /// Begins the next attempt when the message is due: counts it and marks the message `delivering`.
    ///
    /// A message found `delivering` was left so by a worker that died or was told to stop; it is begun anew. The attempt that was interrupted
    /// is not one of those that the message's policy allows, as long as there are not many: a message that kills its worker must end.
    func beginAttempt(of id: MessageID, at now: Timestamp, scope: TenantScope) async throws -> AttemptStart {
        let database = database.within(scope)
        let begin = Message.update(from: MessageQueue.self) { message, _ in
            message.state.set(.delivering)
            message.attemptCount.set(message.attemptCount + 1)
            message.interruptedCount.set(
                caseWhen(
                    message.state == .delivering && message.interruptedCount < Self.maximumInterruptions,
                    then: message.interruptedCount + 1
                ).otherwise(message.interruptedCount))
            message.updatedAt.set(now)
        }.where { message, queue in
            message.id == id
            message.retention.isIn(RetentionClass.all)
            message.organizationID == scope.organizationID
            queue.id == message.queueID
            message.nextAttemptAt <= now
        }.returning { message, queue in (message, queue) }
        if let (message, queue) = try await database.first(begin) { return .begun(PendingAttempt(of: message, to: queue)) }
        let standing = Message.from().where { message in
            message.id == id
            message.retention.isIn(RetentionClass.all)
            message.organizationID == scope.organizationID
        }.select { ($0.state, $0.nextAttemptAt) }
        guard let (state, due) = try await database.first(standing) else { return .missing }
        return due.map(AttemptStart.notDue) ?? .finished(state)
    }

    /// Records how an attempt went and where the message stands after it, in one statement.
    ///
    /// A success settles the message even when another worker has taken it over meanwhile; any other end counts only as the latest attempt's.
    /// - Returns: false when the message's state was not changed: the attempt is on record all the same.
    func finishAttempt(
        _ attempt: DeliveryAttempt, of pending: PendingAttempt, as state: MessageState, nextAttemptAt: Timestamp?, scope: TenantScope
    ) async throws -> Bool {
        let now = Timestamp.now
        let recorded = DeliveryAttempt.insert(attempt.draft).onConflictDoNothing().named("recorded")
        let settle = Message.update { message in
            message.state.set(state)
            message.nextAttemptAt.set(nextAttemptAt)
            message.updatedAt.set(now)
            message.finishedAt.set(state.isFinal ? now : nil)
        }.where { message in
            message.id == pending.messageID
            message.retention == pending.retention
            message.organizationID == scope.organizationID
            message.nextAttemptAt.isNotNull()
            Expr(state == .delivered) || message.state == .delivering && message.attemptCount == pending.number
        }.with(recorded).returning { $0.id }
        return try await database.within(scope).first(settle) != nil
    }

    /// Takes back an attempt that was not made: its number is given again.
    func releaseAttempt(_ pending: PendingAttempt, until dueAt: Timestamp, scope: TenantScope) async throws {
        try await database.within(scope).run(
            Message.update { message in
                message.state.set(caseWhen(message.attemptCount > 1, then: MessageState.retrying).otherwise(.queued))
                message.attemptCount.set(message.attemptCount - 1)
                message.nextAttemptAt.set(dueAt)
                message.updatedAt.set(now())
            }.where { message in
                message.id == pending.messageID
                message.retention == pending.retention
                message.organizationID == scope.organizationID
                message.state == .delivering
                message.attemptCount == pending.number
            })
    }
}

/// What a worker finds when it wants to deliver a message.
enum AttemptStart: Sendable {
    case begun(PendingAttempt)
    /// Not before then.
    case notDue(Timestamp)
    /// Nothing is left to do.
    case finished(MessageState)
    /// No such message: its retention has passed, or its organization is gone.
    case missing
}

/// An attempt that has been counted and must now be made.
struct PendingAttempt: Sendable {
    let messageID: MessageID
    let organizationID: String
    let retention: RetentionClass
    let number: Int
    /// How many of the attempts that the policy allows are used, this one included: all but the interrupted ones.
    let charged: Int
    let contentType: String
    let payload: [UInt8]
    let retry: RetryPolicy
    let queueID: QueueID
    let destinationURL: String
    let sealedSecret: [UInt8]
    let timeout: Duration
    let trace: TraceContext?

    init(of message: Message, to queue: MessageQueue) {
        messageID = message.id
        organizationID = message.organizationID
        retention = message.retention
        number = message.attemptCount
        charged = max(1, message.attemptCount - message.interruptedCount)
        contentType = message.contentType
        payload = message.payload
        retry = message.retry
        queueID = queue.id
        destinationURL = queue.destinationURL
        sealedSecret = queue.signingSecret
        timeout = queue.timeout
        trace = message.traceparent.flatMap { TraceContext(traceparent: $0, tracestate: message.tracestate) }
    }
}

extension DeliveryAttempt {
    fileprivate var draft: Draft {
        Draft(
            messageID: messageID, retention: retention, number: number, organizationID: organizationID, startedAt: startedAt,
            duration: duration, status: status, error: error, errorDetail: errorDetail, responseBody: responseBody,
            responseTruncated: responseTruncated, dns: dns, connect: connect, tls: tls, firstByte: firstByte)
    }
}
