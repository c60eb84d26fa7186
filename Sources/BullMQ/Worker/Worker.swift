public import JSON
public import Logging
import Primitives
public import RedisClient
public import ServiceLifecycle
import Synchronization

/// Runs the jobs of a queue.
///
/// ``run()`` fetches up to `concurrency` jobs and runs each in a task of its own. A job is run at least once: again after its worker
/// vanished, and in the rare case that the connection breaks between finishing it and reporting so. Redis may be stopped, killed or
/// restarted meanwhile; the worker reports what it has and goes on once it is back.
///
/// The client must outlive the worker: stop the worker first, then cancel `Redis.run()`. In a `ServiceGroup` it stops gracefully.
public final class Worker: Service {
    /// Runs one job; what it answers is the job's return value (nil: null), what it throws fails the try, except ``DelayJob``,
    /// ``WaitForChildren``, ``RateLimitQueue`` and ``ReturnJob``.
    ///
    /// Its task is canceled when the job took too long, when somebody asked for it (``cancel(_:reason:)``), when the lock was lost, and
    /// when the worker must end before it did: the job has gone back to the queue then, and what the processor still answers is ignored.
    /// A processor that does not react to cancellation keeps its place, and holds up the worker's end.
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
    let events = WorkerEvents()
    let meter = WorkerMeter()
    private let limit: Atomic<Int>
    private let life = Mutex<(state: Life, waiting: [CheckedContinuation<Void, Never>])>((.new, []))

    public init(
        _ queueName: String, prefix: String = "bull", redis: Redis, options: WorkerOptions = WorkerOptions(), logger: Logger,
        processor: @escaping Processor
    ) {
        queue = Queue(queueName, prefix: prefix, redis: redis)
        self.options = options
        self.logger = logger
        self.processor = processor
        limit = Atomic(options.concurrency)
        wakeCall = WakeCall(queue: queue, workerName: options.name, mailbox: mailbox)
    }

    /// How many jobs run at once. A lower number takes effect as running jobs end.
    public var concurrency: Int {
        get { limit.load(ordering: .relaxed) }
        set {
            precondition(newValue >= 1, "a worker runs at least one job at a time")
            limit.store(newValue, ordering: .relaxed)
            mailbox.post(.concurrencyChanged)
        }
    }

    /// The slots that only groups may take of which nothing runs.
    var reserve: Int {
        let slots = concurrency
        return min(slots - 1, options.groupReserve ?? max(1, slots / 10))
    }

    /// What it tells of itself from now on; ends with the worker.
    /// - Parameter buffer: how many events wait for a slow reader, the newest.
    public func events(buffer: Int = 1000) -> AsyncStream<WorkerEvent> {
        events.listen(buffer: buffer)
    }

    /// What it has done, and is doing; for metrics.
    public var statistics: WorkerStatistics { meter.statistics(running: ledger.count) }

    /// Starts no more jobs until ``resume()``; the queue's other workers go on. Running jobs finish.
    public func pause() {
        mailbox.post(.paused(true))
    }

    /// Ends ``pause()``.
    public func resume() {
        mailbox.post(.paused(false))
    }

    /// Cancels the task that runs a job here. What its processor throws then fails the try with `reason`.
    /// - Returns: false when this worker is not running it.
    @discardableResult
    public func cancel(_ jobID: String, reason: String = "The job was canceled") -> Bool {
        !ledger.cancel(.request(reason)) { $0.job.id == jobID }.isEmpty
    }

    /// Cancels the tasks of all jobs that run here.
    public func cancelAll(reason: String = "The job was canceled") {
        ledger.cancel(.request(reason)) { _ in true }
    }

    /// Works until ``shutdown(within:)``, until the service group shuts down, or until the task is canceled: then the jobs in hand go back
    /// to the queue at once.
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
            try await withGracefulShutdownHandler {
                try await work.value
            } onGracefulShutdown: { [mailbox, grace = options.shutdownGrace] in
                mailbox.post(.stop(deadline: grace.map { .now + $0 }))
            }
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
        events.finish()
        for continuation in waiting { continuation.resume() }
    }
}
