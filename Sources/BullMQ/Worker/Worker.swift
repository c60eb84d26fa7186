public import JSON
public import Logging
import Primitives
public import RedisClient
import Synchronization

/// Runs the jobs of a queue.
///
/// ``run()`` fetches up to `concurrency` jobs and runs each in a task of its own. A job is run at least once: again after its worker
/// vanished, and in the rare case that the connection breaks between finishing it and reporting so. Redis may be stopped, killed or
/// restarted meanwhile; the worker reports what it has and goes on once it is back.
///
/// The client must outlive the worker: stop the worker first, then cancel `Redis.run()`.
public final class Worker: Sendable {
    /// Runs one job; what it answers is the job's return value (nil: null), what it throws fails the try, except ``DelayJob``.
    ///
    /// Its task is cancelled when the worker must end before it did: the job has gone back to the queue then, and what the processor still
    /// answers is ignored. A processor that does not react to cancellation holds up the worker's end.
    public typealias Processor = @Sendable (Job, JobContext) async throws -> JSONValue?

    private enum Life {
        case new, running, ended
    }

    let queue: Queue
    let options: WorkerOptions
    let logger: Logger
    let processor: Processor
    /// First part of this worker's lock tokens.
    let id = UUIDv7().description
    let mailbox = Mailbox()
    let ledger = Ledger()
    let wakeCall: WakeCall
    private let life = Mutex<(state: Life, waiting: [CheckedContinuation<Void, Never>])>((.new, []))

    public init(
        _ queueName: String, prefix: String = "bull", redis: Redis, options: WorkerOptions = WorkerOptions(), logger: Logger,
        processor: @escaping Processor
    ) {
        queue = Queue(queueName, prefix: prefix, redis: redis)
        self.options = options
        self.logger = logger
        self.processor = processor
        wakeCall = WakeCall(queue: queue, workerName: options.name, mailbox: mailbox)
    }

    /// Works until ``shutdown(within:)``, or until the task is cancelled: then the jobs in hand go back to the queue at once.
    ///
    /// - Throws: `RedisError` when the client was closed, or may not use the server (wrong password). May be called once.
    public func run() async throws {
        let isFirst = life.withLock { life in
            guard life.state == .new else { return false }
            life.state = .running
            return true
        }
        guard isFirst else { return }
        defer { end() }
        // Cancellation must not cut off the calls that give jobs back, so it arrives here as a request to stop. The task is awaited on the
        // spot; everything a worker does is inside it.
        let work = Task {
            var loop = WorkerLoop(self)
            try await loop.run()
        }
        try await withTaskCancellationHandler {
            try await work.value
        } onCancel: {
            mailbox.post(.stop(deadline: .now))
        }
    }

    /// Stops fetching, lets running jobs finish for up to `grace`, and gives the rest back to the queue, where another worker can take them
    /// at once. Returns when ``run()`` has ended.
    public func shutdown(within grace: Duration) async {
        mailbox.post(.stop(deadline: .now + grace))
        await withCheckedContinuation { continuation in
            let isOver = life.withLock { life in
                if life.state == .running {
                    life.waiting.append(continuation)
                    return false
                }
                life.state = .ended
                return true
            }
            if isOver { continuation.resume() }
        }
    }

    private func end() {
        let waiting = life.withLock { life in
            let waiting = life.waiting
            life = (.ended, [])
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Runs the processor on one job, and says what that means for the job.
    func process(_ job: Job, token: String) async -> Report {
        do {
            // Decided while nobody ran it: by a failed child, or by too many vanished workers.
            if let reason = job.deferredFailure { throw UnrecoverableError(reason) }
            let value = try await processor(job, JobContext(queue: queue, job: job, token: token))
            return Report(job: job, token: token, verdict: .completed(value: RawJSON(value ?? .null)))
        } catch {
            return Report(job: job, token: token, verdict: Verdict(error, for: job, options: options))
        }
    }

    /// Renews the locks of all jobs in hand, in one call, for as long as the worker runs.
    func renewLocks() async {
        let age = options.lockDuration / 4
        while (try? await Task.sleep(for: age)) != nil {
            let entries = ledger.due(age: age * 0.9)
            if entries.isEmpty { continue }
            let start = ContinuousClock.now
            let arguments =
                [RedisArgument(options.lockDuration.milliseconds)]
                + entries.flatMap { [RedisArgument($0.job.id), RedisArgument($0.token)] }
            do {
                let lost = Set(try await queue.run(Scripts.extendLocks, arguments).array?.compactMap(\.string) ?? [])
                ledger.renewed(entries.filter { !lost.contains($0.job.id) }.map(\.token), at: start)
                // A job that was reported in the meantime is not lost.
                for entry in ledger.all where lost.contains(entry.job.id) {
                    logger.warning("Could not renew lock for job", metadata: ["job": "\(entry.job.id)", "queue": "\(queue.name)"])
                }
            } catch {
                logger.debug("Lock renewal failed", metadata: ["error": "\(error)", "queue": "\(queue.name)"])
            }
        }
    }

    /// Brings back jobs of vanished workers, for as long as the worker runs.
    func checkStalled() async {
        repeat {
            do {
                let reply = try await queue.run(
                    Scripts.checkStalled,
                    [
                        RedisArgument(options.maxStalledCount), RedisArgument(Timestamp.now.milliseconds),
                        RedisArgument(options.stalledInterval.milliseconds),
                    ])
                let ids = reply.array?.compactMap(\.string) ?? []
                if !ids.isEmpty {
                    logger.info("Stalled jobs returned to the queue", metadata: ["count": "\(ids.count)", "queue": "\(queue.name)"])
                }
            } catch {
                logger.debug("Stalled check failed", metadata: ["error": "\(error)", "queue": "\(queue.name)"])
            }
        } while (try? await Task.sleep(for: options.stalledInterval)) != nil
    }
}
