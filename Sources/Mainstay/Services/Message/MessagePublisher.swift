import BullMQOutbox
import HTTPTypes
import Logging
import PostgresClient
import Primitives
import ServiceLifecycle
import Synchronization
import TypedAPI

/// Accepts messages durably: concurrent publishes share one insert and one commit, so throughput is not the disk's rate of commits.
///
/// A message is accepted when its row and its outbox row are committed; only then does ``publish(_:)`` return. Taking the job to Redis
/// comes after and nobody waits for it: what does not arrive the relay of a worker takes there.
final class MessagePublisher: Service {
    private struct Pending {
        let message: NewMessage
        let continuation: CheckedContinuation<Int, any Error>
    }

    private struct State {
        var waiting: [Pending] = []
        var isClosed = false
    }

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
    func publish(_ message: NewMessage) async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            let isClosed = state.withLock { state in
                if !state.isClosed { state.waiting.append(Pending(message: message, continuation: continuation)) }
                return state.isClosed
            }
            if isClosed {
                continuation.resume(throwing: Problem(.shuttingDown, headers: [.retryAfter: "1"]))
            } else {
                wakeUps.continuation.yield()
            }
        }
    }

    /// Accepts one message under an idempotency key, whose answer is stored in the same transaction.
    func publish(
        _ message: NewMessage, as request: IdempotentRequest, in scope: TenantScope, answer: (Int) -> StoredResponse
    ) async throws -> StoredResponse {
        let response = try await idempotency.perform(request, in: scope) { transaction in
            answer(try await accept(message, in: transaction))
        }
        if !response.isReplay { forwarder.forward([message.job]) }
        return response
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
        var headers = UsageHeaders.fields(UsageHeaders.values(used: nil, limit: message.quota, resetsAt: reset))
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
                let batch = takeBatch()
                guard !batch.isEmpty else {
                    if state.withLock({ $0.isClosed }) { return }
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

    private func takeBatch() -> [Pending] {
        state.withLock { state in
            let batch = Array(state.waiting.prefix(Self.batchSize))
            state.waiting.removeFirst(batch.count)
            return batch
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
            for pending in accepted { pending.continuation.resume(returning: used[pending.message.organizationID] ?? 0) }
            forwarder.forward(accepted.map(\.message.job))
            await commitSingly(refused)
        } catch {
            // One message's fault must not fail its neighbours.
            await commitSingly(batch, cause: error)
        }
    }

    private func commitSingly(_ batch: [Pending], cause: (any Error)? = nil) async {
        for pending in batch {
            // A lone message has been tried already, and trying again would only double its wait.
            if batch.count == 1, let cause {
                pending.continuation.resume(throwing: cause)
                return
            }
            do {
                let used = try await database.system.withTransaction { transaction in try await accept(pending.message, in: transaction) }
                pending.continuation.resume(returning: used)
                forwarder.forward([pending.message.job])
            } catch {
                pending.continuation.resume(throwing: error)
            }
        }
    }
}
