import HTTPDelivery
import JSON
import PostgresClient
import Primitives

/// Reads messages and moves them from state to state, one statement a step.
struct MessageStore: Sendable {
    let database: Database

    /// The classes a message may be kept in. A look-up by id names them all: PostgreSQL prunes by the time inside the id and probes these.
    private static let anyRetention = SQL(unsafeRaw: "retention_days in (7, 30, 90, 400)")

    /// nil when there is none in this queue.
    func find(_ id: MessageID, in queue: QueueID, scope: TenantScope) async throws -> MessageView? {
        let rows = try await database.query(
            """
            select id, project_id, queue_id, state::text, content_type, payload_encoding, payload, retry, scheduled_for, next_attempt_at,
                   attempt_count, updated_at, finished_at
            from message where id = \(id) and \(Self.anyRetention) and queue_id = \(queue) and organization_id = \(scope.organizationID)
            """, in: scope)
        guard let row = rows.first else { return nil }
        let (id, project, queue, state, contentType, encoding, payload, retry, scheduledFor, nextAttemptAt, count, updatedAt, finishedAt) =
            try row.decode(
                MessageID.self, ProjectID.self, QueueID.self, String.self, String.self, String.self, [UInt8].self, JSONValue.self,
                Timestamp?.self, Timestamp?.self, Int.self, Timestamp.self, Timestamp?.self)
        return MessageView(
            id: id, projectID: project, queueID: queue, state: MessageState(rawValue: state) ?? .queued, contentType: contentType,
            payloadEncoding: PayloadEncoding(rawValue: encoding) ?? .base64, payload: payload, retry: RetryPolicy(json: retry),
            scheduledFor: scheduledFor, nextAttemptAt: nextAttemptAt, attemptCount: count, updatedAt: updatedAt, finishedAt: finishedAt,
            attempts: try await attempts(of: id, scope: scope))
    }

    private func attempts(of id: MessageID, scope: TenantScope) async throws -> [DeliveryAttempt] {
        let rows = try await database.query(
            """
            select number, started_at, duration_us, status, error, error_detail, response_body, response_truncated,
                   dns_us, connect_us, tls_us, first_byte_us
            from delivery_attempt
            where message_id = \(id) and \(Self.anyRetention) and organization_id = \(scope.organizationID) order by number limit 1000
            """, in: scope)
        return try rows.map { row in
            let (number, startedAt, duration, status, error, detail, body, truncated, dns, connect, tls, firstByte) = try row.decode(
                Int.self, Timestamp.self, Int64.self, Int?.self, String?.self, String?.self, [UInt8]?.self, Bool.self,
                Int64.self, Int64.self, Int64.self, Int64.self)
            return DeliveryAttempt(
                number: number, startedAt: startedAt, duration: .microseconds(duration), status: status, error: error, errorDetail: detail,
                responseBody: body, isResponseTruncated: truncated, dns: .microseconds(dns), connect: .microseconds(connect),
                tls: .microseconds(tls), firstByte: .microseconds(firstByte))
        }
    }

    // MARK: - Delivering

    /// Begins the next attempt when the message is due: counts it and marks the message `delivering`.
    ///
    /// A message found `delivering` was left so by a worker that died; it is begun anew.
    func beginAttempt(of id: MessageID, at now: Timestamp, scope: TenantScope) async throws -> AttemptStart {
        let rows = try await database.query(
            """
            update message set state = 'delivering', attempt_count = attempt_count + 1, updated_at = \(now)
            from queue
            where message.id = \(id) and \(Self.anyRetention) and message.organization_id = \(scope.organizationID)
              and queue.id = message.queue_id and message.next_attempt_at <= \(now)
            returning message.retention_days, message.attempt_count, message.content_type, message.payload, message.retry,
                      queue.id, queue.destination_url, queue.signing_secret, queue.timeout_ms, message.traceparent
            """, in: scope)
        if let row = rows.first {
            let (retention, number, contentType, payload, retry, queue, url, secret, timeout, trace) = try row.decode(
                Int.self, Int.self, String.self, [UInt8].self, JSONValue.self, QueueID.self, String.self, [UInt8].self, Int.self,
                String?.self)
            return .begun(
                PendingAttempt(
                    messageID: id, retentionDays: retention, number: number, contentType: contentType, payload: payload,
                    retry: RetryPolicy(json: retry), queueID: queue, destinationURL: url, sealedSecret: secret,
                    timeout: .milliseconds(timeout), trace: trace.flatMap { TraceContext(traceparent: $0) }))
        }
        let states = try await database.query(
            """
            select state::text, next_attempt_at from message
            where id = \(id) and \(Self.anyRetention) and organization_id = \(scope.organizationID)
            """, in: scope)
        guard let row = states.first else { return .missing }
        let (state, due) = try row.decode(String.self, Timestamp?.self)
        return due.map(AttemptStart.notDue) ?? .finished(MessageState(rawValue: state) ?? .failed)
    }

    /// Records how an attempt went and where the message stands after it, in one statement.
    ///
    /// A success settles the message even when another worker has taken it over meanwhile; any other end counts only as the latest attempt's.
    /// - Returns: false when the message's state was not changed: the attempt is on record all the same.
    func finishAttempt(
        _ attempt: DeliveryAttempt, of pending: PendingAttempt, as state: MessageState, nextAttemptAt: Timestamp?, scope: TenantScope
    ) async throws -> Bool {
        let now = Timestamp.now
        let rows = try await database.query(
            """
            with recorded as (
                insert into delivery_attempt (message_id, retention_days, number, organization_id, started_at, duration_us, status, error,
                                              error_detail, response_body, response_truncated, dns_us, connect_us, tls_us, first_byte_us)
                values (\(pending.messageID), \(Int16(pending.retentionDays)), \(attempt.number), \(scope.organizationID), \(attempt.startedAt),
                        \(attempt.duration.microseconds), \(attempt.status.map { Int16(clamping: $0) }), \(attempt.error), \(attempt.errorDetail),
                        \(attempt.responseBody), \(attempt.isResponseTruncated), \(attempt.dns.microseconds), \(attempt.connect.microseconds),
                        \(attempt.tls.microseconds), \(attempt.firstByte.microseconds))
                on conflict do nothing
            )
            update message set state = \(state.rawValue)::message_state, next_attempt_at = \(nextAttemptAt), updated_at = \(now),
                               finished_at = \(state.isFinal ? now : nil)
            where id = \(pending.messageID) and retention_days = \(Int16(pending.retentionDays)) and organization_id = \(scope.organizationID)
              and next_attempt_at is not null and (\(state == .delivered) or (state = 'delivering' and attempt_count = \(attempt.number)))
            returning true
            """, in: scope)
        return !rows.isEmpty
    }

    /// Takes back an attempt that was not made: its number is given again.
    func releaseAttempt(_ pending: PendingAttempt, until dueAt: Timestamp, scope: TenantScope) async throws {
        try await database.execute(
            """
            update message set state = case when attempt_count > 1 then 'retrying' else 'queued' end::message_state,
                               attempt_count = attempt_count - 1, next_attempt_at = \(dueAt), updated_at = now()
            where id = \(pending.messageID) and retention_days = \(Int16(pending.retentionDays)) and organization_id = \(scope.organizationID)
              and state = 'delivering' and attempt_count = \(pending.number)
            """, in: scope)
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
    let retentionDays: Int
    let number: Int
    let contentType: String
    let payload: [UInt8]
    let retry: RetryPolicy
    let queueID: QueueID
    let destinationURL: String
    let sealedSecret: [UInt8]
    let timeout: Duration
    let trace: TraceContext?
}
