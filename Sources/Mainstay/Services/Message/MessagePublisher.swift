import BullMQOutbox
import HTTPTypes
import Logging
import PostgresClient
import Primitives
import ServiceLifecycle
import Synchronization
import TypedAPI
import TypedSQL

/// Accepts messages durably: concurrent publishes share one insert and one commit, so throughput is not the disk's rate of commits.
///
/// A message is accepted when its row and its outbox row are committed; only then does ``publish(_:)`` return. Taking the job to Redis
/// comes after and nobody waits for it: what does not arrive the relay of a worker takes there.
final class MessagePublisher: Service {
    private struct Pending {
        let message: NewMessage
        let ticket: PublishTicket
    }

    private struct State {
        var waiting: [Pending] = []
        var waitingBytes = 0
        var isClosed = false
    }

    private enum Admission { case admitted, full, closed }

    private let database: Database
    private let outbox: Outbox
    private let idempotency: IdempotencyService
    private let state = Mutex(State())
    private let wakeUps = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    private let forwarder: OutboxForwarder

    /// Large enough to share a commit well, small enough that a batch stays a few milliseconds.
    private static let batchSize = 200
    /// One batch is being committed while the next fills; two keep the database busy meanwhile.
    private static let batchesInFlight = 2
    /// What may wait while the database is slow; more would only wait longer.
    private static let maximumWaiting = 5000
    private static let maximumWaitingBytes = 64 << 20

    init(database: Database, outbox: Outbox, idempotency: IdempotencyService, logger: Logger) {
        self.database = database
        self.outbox = outbox
        self.idempotency = idempotency
        forwarder = OutboxForwarder(outbox: outbox, logger: logger)
    }

    // MARK: - Publishing

    /// Accepts one message.
    ///
    /// - Returns: messages the organization has used of its quota, this one included.
    /// - Throws: ``Problem`` 429 `usage_limit_exceeded`; nothing is stored then.
    /// Cancelling the task ends the wait; whether the message is accepted is not known then.
    func publish(_ message: NewMessage) async throws -> Int {
        let ticket = PublishTicket()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                ticket.wait(with: continuation)
                switch admit(Pending(message: message, ticket: ticket)) {
                case .admitted: wakeUps.continuation.yield()
                case .full: ticket.resolve(.failure(Problem(.overloaded, headers: [.retryAfter: "1"])))
                case .closed: ticket.resolve(.failure(Problem(.shuttingDown, headers: [.retryAfter: "1"])))
                }
            }
        } onCancel: {
            ticket.resolve(.failure(CancellationError()))
        }
    }

    private func admit(_ pending: Pending) -> Admission {
        state.withLock { state in
            if state.isClosed { return .closed }
            guard state.waiting.count < Self.maximumWaiting, state.waitingBytes < Self.maximumWaitingBytes else { return .full }
            state.waiting.append(pending)
            state.waitingBytes += pending.message.payload.count
            return .admitted
        }
    }

    /// Accepts one message under an idempotency key, whose answer is stored in the same transaction.
    func publish(
        _ message: NewMessage, as request: IdempotentRequest, in scope: TenantScope, answer: (Int) -> StoredReply
    ) async throws -> StoredReply {
        let reply = try await idempotency.perform(request, in: scope) { transaction in
            answer(try await accept(message, in: transaction))
        }
        if !reply.isReplay { forwarder.forward([message.job]) }
        return reply
    }

    private func accept(_ message: NewMessage, in transaction: PostgresTransaction) async throws -> Int {
        let now = Timestamp.now
        guard let used = try await MessageAcceptance.store([message], at: now, in: transaction)[message.organizationID] else {
            throw Self.quotaExceeded(message, at: now)
        }
        try await outbox.enqueue([message.job], in: transaction)
        return used
    }

    private static func quotaExceeded(_ message: NewMessage, at now: Timestamp) -> Problem {
        let reset = UsagePeriod(containing: now).end
        let seconds = max(1, (reset - now).milliseconds / 1000)
        var headers = HTTPFields()
        UsageHeaders(used: nil, limit: message.quota, resetsAt: reset).add(to: &headers)
        headers[.retryAfter] = String(seconds)
        return Problem(.usageLimitExceeded, headers: headers)
    }

    // MARK: - Batches

    /// Commits batches and forwards them until graceful shutdown, then what is still waiting.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.forwarder.run() }
                await self.commitBatches()
                self.forwarder.finish()
            }
        } onGracefulShutdown: {
            self.close()
        }
    }

    private func commitBatches() async {
        await withTaskGroup(of: Void.self) { group in
            var wakeUps = wakeUps.stream.makeAsyncIterator()
            var inFlight = 0
            while true {
                let (batch, isClosed) = takeBatch()
                guard !batch.isEmpty else {
                    if isClosed { return }
                    _ = await wakeUps.next()
                    if Task.isCancelled { close() }
                    continue
                }
                if inFlight == Self.batchesInFlight {
                    await group.next()
                    inFlight -= 1
                }
                group.addTask { await self.commit(batch) }
                inFlight += 1
            }
        }
    }

    private func close() {
        state.withLock { $0.isClosed = true }
        wakeUps.continuation.yield()
    }

    /// Both in one look: nothing is admitted after the close, so an empty batch then is the end.
    private func takeBatch() -> (batch: [Pending], isClosed: Bool) {
        state.withLock { state in
            let batch = Array(state.waiting.prefix(Self.batchSize))
            state.waiting.removeFirst(batch.count)
            for pending in batch { state.waitingBytes -= pending.message.payload.count }
            return (batch, state.isClosed)
        }
    }

    private func commit(_ batch: [Pending]) async {
        let now = Timestamp.now
        do {
            let used = try await database.system.withTransaction { transaction in
                let used = try await MessageAcceptance.store(batch.map(\.message), at: now, in: transaction)
                try await outbox.enqueue(batch.filter { used[$0.message.organizationID] != nil }.map(\.message.job), in: transaction)
                return used
            }
            let (accepted, refused) = batch.reduce(into: ([Pending](), [Pending]())) { result, pending in
                if used[pending.message.organizationID] == nil { result.1.append(pending) } else { result.0.append(pending) }
            }
            for pending in accepted { pending.ticket.resolve(.success(used[pending.message.organizationID] ?? 0)) }
            forwarder.forward(accepted.map(\.message.job))
            await commitSingly(refused)
        } catch {
            // Of several, one's fault must not fail its neighbours. A store that is away fails them all, and trying each would only take longer;
            // unless the commit may have happened, which only trying tells.
            let isOneMessagesFault = batch.count > 1 && (error as? PostgresError)?.isOutage != true
            if isOneMessagesFault || Self.leavesCommitUnknown(error) {
                await commitSingly(batch)
            } else {
                for pending in batch { pending.ticket.resolve(.failure(error)) }
            }
        }
    }

    private func commitSingly(_ batch: [Pending]) async {
        // Use never sinks within a period, so after one refusal an organization's other messages need not be tried.
        var exhausted: [String: Problem] = [:]
        var outage: (any Error)?
        for pending in batch {
            if let outage {
                pending.ticket.resolve(.failure(outage))
                continue
            }
            if let problem = exhausted[pending.message.organizationID] {
                pending.ticket.resolve(.failure(problem))
                continue
            }
            do {
                pending.ticket.resolve(.success(try await commitOnce(pending.message)))
                forwarder.forward([pending.message.job])
            } catch {
                if let problem = error as? Problem { exhausted[pending.message.organizationID] = problem }
                if (error as? PostgresError)?.isOutage == true { outage = error }
                pending.ticket.resolve(.failure(error))
            }
        }
    }

    /// Commits one message that may have been committed already, by a batch whose answer was lost.
    private func commitOnce(_ message: NewMessage) async throws -> Int {
        do {
            return try await database.system.withTransaction { transaction in try await accept(message, in: transaction) }
        } catch let error as PostgresError where error.sqlState == "23505" && error.table?.hasPrefix("message") == true {
            // Its id is ours and new, so the row there is this message: the lost answer was a success, and counted it.
            let period = UsagePeriod(containing: message.createdAt)
            return try await database.system.first(UsageCount.messages(of: message.organizationID, in: period)) ?? 0
        }
    }

    /// Whether the transaction may have been committed although it failed here.
    private static func leavesCommitUnknown(_ error: any Error) -> Bool {
        guard let error = error as? PostgresError else { return false }
        return (error.code == .connectionLost || error.code == .timedOut) && !error.isRetrySafe
    }
}
