import BullMQ
import HTTPDelivery
import JSON
import Logging
import PostgresClient
import Primitives

/// Delivers one message to its queue's destination: one attempt a call, signed, recorded, and tried again later when it failed.
///
/// PostgreSQL decides: the job only says that a message may be due. A job whose message is final, gone or not due yet delivers nothing.
struct DeliverProcessor: Sendable {
    let messages: MessageStore
    let encryption: EncryptionKeys
    let http: OutgoingHTTP
    let logger: Logger

    /// Response bytes kept with an attempt.
    private static let keptResponseBytes = 4096

    /// How long a job waits when a store failed it: nothing is known of the message's own fate then.
    private static let pauseAfterTrouble = Duration.seconds(5)

    /// How long a job waits when its destination has as many requests under way as it may: another job can use the worker's slot.
    private static let pauseForHost = Duration.seconds(1)

    /// How long a request may wait for its turn with its worker's slot in hand.
    private static let maximumWait = Duration.milliseconds(500)

    /// Between two looks at a message that was not due yet by another machine's clock.
    private static let shortestPause = Duration.milliseconds(100)

    func process(_ job: Job) async throws -> JSONValue? {
        guard let data = try? JSONValue(parsing: job.data.bytes), let deliver = DeliverJob(data: data) else {
            throw UnrecoverableError("The job's data names no message.")
        }
        do {
            return try await process(deliver)
        } catch let error where error is DelayJob || error is UnrecoverableError || error is CancellationError {
            throw error
        } catch {
            // A job may end only as its message does: trouble with PostgreSQL must not make it fail.
            logger.warning(
                "A delivery met trouble and will be tried again", metadata: ["message.id": "\(deliver.messageID)", "error": "\(error)"])
            throw DelayJob(until: .now + Self.pauseAfterTrouble * Double.random(in: 0.8...1.2))
        }
    }

    private func process(_ deliver: DeliverJob) async throws -> JSONValue? {
        let scope = TenantScope(verified: deliver.organizationID)
        switch try await messages.beginAttempt(of: deliver.messageID, at: .now, scope: scope) {
        case .begun(let pending): return try await attempt(pending, scope: scope)
        case .notDue(let due): throw DelayJob(until: max(due, .now + Self.shortestPause))
        case .finished(let state): return ["state": .string(state.rawValue)]
        case .missing:
            logger.notice("Dropped a job whose message is gone", metadata: ["message.id": "\(deliver.messageID)"])
            return nil
        }
    }

    private func attempt(_ pending: PendingAttempt, scope: TenantScope) async throws -> JSONValue? {
        let startedAt = Timestamp.now
        let clock = ContinuousClock()
        let start = clock.now
        let outcome = await send(pending, at: startedAt)
        guard let attempt = outcome.record(of: pending, startedAt: startedAt, duration: start.duration(to: clock.now)) else {
            var pause = Self.pauseAfterTrouble
            if case .notAttempted(reason: OutgoingError.Code.overloaded.rawValue) = outcome {
                pause = Self.pauseForHost * Double.random(in: 0.8...1.2)
            }
            let due = Timestamp.now + pause
            try await messages.releaseAttempt(pending, until: due, scope: scope)
            throw DelayJob(until: due)
        }
        // Cut short by our own shutdown: not the destination's failure. The job goes back, and the next worker, which finds the message
        // `delivering`, counts this attempt as interrupted.
        if outcome.status == nil { try Task.checkCancellation() }
        let verdict = DeliveryVerdict(outcome, attempt: pending.charged, policy: pending.retry)
        let nextAttemptAt = verdict.retryDelay.map { Timestamp.now + $0 }
        let isCurrent = try await messages.finishAttempt(
            attempt, of: pending, as: verdict.state, nextAttemptAt: nextAttemptAt, scope: scope)
        logger.debug(
            "Attempt finished",
            metadata: [
                "message.id": "\(pending.messageID)", "attempt": "\(pending.number)", "state": .string(verdict.state.rawValue),
                "status": .string(attempt.status.map(String.init) ?? attempt.error ?? ""),
            ])
        guard isCurrent else { return nil }  // another worker has taken the message over and will say how it ends
        if let nextAttemptAt { throw DelayJob(until: nextAttemptAt) }
        if verdict.state == .failed { throw UnrecoverableError(attempt.errorDetail ?? "The delivery failed.") }
        return ["state": .string(verdict.state.rawValue), "status": attempt.status.map { .number($0) } ?? .null]
    }

    private func send(_ pending: PendingAttempt, at now: Timestamp) async -> DeliveryOutcome {
        let secret: SigningSecret
        do {
            let plain = try encryption.open(pending.sealedSecret, context: pending.queueID.description)
            secret = try SigningSecret(String(decoding: plain, as: UTF8.self))
        } catch {
            // Unsigned is worse than late: the message waits until the operator restores the key.
            logger.error("A queue's signing secret does not open", metadata: ["queue.id": "\(pending.queueID)", "error": "\(error)"])
            return .notAttempted(reason: "signing secret")
        }
        var headers = [("content-type", pending.contentType), ("mainstay-attempt", String(pending.number))]
        if let trace = pending.trace {
            headers.append(("traceparent", trace.child().traceparent))
            if let state = trace.tracestate { headers.append(("tracestate", state)) }
        }
        headers += StandardWebhooks(secret: secret).headers(id: pending.messageID.description, timestamp: now, body: pending.payload)
        let request = OutgoingRequest(
            method: "POST", url: pending.destinationURL, headers: headers, body: pending.payload, timeout: pending.timeout,
            maximumWait: Self.maximumWait, maximumResponseBytes: Self.keptResponseBytes)
        do throws(OutgoingError) {
            return .answered(try await http.send(request))
        } catch {
            switch error.code {
            case .closed, .overloaded, .systemFailure, .invalidConfiguration:
                logger.log(
                    level: error.code == .overloaded ? .debug : .warning, "A delivery could not be attempted",
                    metadata: ["error": "\(error)"])
                return .notAttempted(reason: error.code.rawValue)
            case .invalidURL, .invalidRequest:
                return .failed(code: error.code.rawValue, detail: error.detail, isFinal: true)
            case .blockedAddress, .resolutionFailed, .connectFailed, .tlsFailed, .timedOut, .cancelled,
                .protocolError:
                return .failed(code: error.code.rawValue, detail: error.detail, isFinal: false)
            }
        }
    }
}
