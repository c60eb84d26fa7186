import BullMQOutbox
import Logging
import Synchronization

/// Takes committed jobs to Redis behind the back of the callers who were answered already.
///
/// It never holds more than it can soon forward: when Redis hangs or is away, jobs are dropped here and the relay takes them from the table.
final class OutboxForwarder: Sendable {
    private struct State {
        var jobs: [OutboxJob] = []
        var isFinished = false
    }

    private let outbox: Outbox
    private let logger: Logger
    private let state = Mutex(State())
    private let wakeUps = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    private static let capacity = 10_000
    private static let batchSize = 500

    init(outbox: Outbox, logger: Logger) {
        self.outbox = outbox
        self.logger = logger
    }

    func forward(_ jobs: [OutboxJob]) {
        state.withLock { state in
            if state.jobs.count + jobs.count <= Self.capacity { state.jobs += jobs }
        }
        wakeUps.continuation.yield()
    }

    /// Forwards until ``finish()`` was called and nothing is left.
    func run() async {
        var wakeUps = wakeUps.stream.makeAsyncIterator()
        while true {
            let (batch, isFinished) = state.withLock { state in
                let batch = Array(state.jobs.prefix(Self.batchSize))
                state.jobs.removeFirst(batch.count)
                return (batch, state.isFinished)
            }
            guard !batch.isEmpty else {
                if isFinished || Task.isCancelled { return }
                _ = await wakeUps.next()
                continue
            }
            do {
                try await outbox.forward(batch)
            } catch {
                logger.debug("Jobs are left to the relay", metadata: ["jobs": "\(batch.count)", "error": "\(error)"])
                // A process that is ending does not wait for a Redis that hangs.
                if isFinished { return }
            }
        }
    }

    func finish() {
        state.withLock { $0.isFinished = true }
        wakeUps.continuation.yield()
    }
}
