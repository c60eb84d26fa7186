public import JSON
public import Primitives
public import RedisClient
import Synchronization

/// Fetches jobs one by one, for whoever runs them in a way of their own: they say when to take one, and how it ended.
///
/// Nothing happens by itself here. A job must be finished, or its lock extended (``HeldJob/extendLock()``), within
/// ``WorkerOptions/lockDuration``, and something, this or another worker, must look for stalled jobs (``checkStalled()``).
public final class ManualWorker: Sendable {
    let queue: Queue
    let options: WorkerOptions
    private let id = UUIDv7().description
    private let tokens = Atomic(0)

    /// - Parameter options: `concurrency`, `timeout`, `drainDelay` and `shutdownGrace` are of no account here.
    public init(_ queueName: String, prefix: String = "bull", redis: Redis, options: WorkerOptions = WorkerOptions()) {
        queue = Queue(queueName, prefix: prefix, redis: redis)
        self.options = options
    }

    /// The next job, which is this worker's from now on; nil when there is none to be had.
    public func next() async throws -> HeldJob? {
        try await turn([], toFetch: 1).jobs.first.map { HeldJob(worker: self, job: $0.job, token: $0.token) }
    }

    /// Brings back jobs of vanished workers, unless some worker has looked less than ``WorkerOptions/stalledInterval`` ago.
    /// - Returns: their ids.
    @discardableResult
    public func checkStalled() async throws -> [String] {
        try await queue.checkStalled(options).ids
    }

    /// Extends the locks of several jobs in one call.
    /// - Returns: the ids of those that are not this worker's any more.
    public func extendLocks(of jobs: [HeldJob]) async throws -> [String] {
        try await queue.extendLocks(jobs.map { ($0.job.id, $0.token) }, by: options.lockDuration)
    }

    func turn(_ reports: [Report], toFetch: Int) async throws -> TurnReply {
        let token = tokens.add(max(1, toFetch), ordering: .relaxed).newValue
        let arguments = Scripts.turnArguments(reports, toFetch: toFetch, worker: id, firstToken: token, options: options)
        return TurnReply(try await queue.run(Scripts.turn, arguments))
    }
}

/// A job that a ``ManualWorker`` has fetched.
///
/// The methods that end a try throw ``BullMQError`` with ``BullMQError/Code/lockLost`` when the job is not the worker's any more; then
/// nothing was changed.
public struct HeldJob: Sendable {
    let worker: ManualWorker
    public let job: Job
    /// The lock's token, `<worker>:<n>`.
    public let token: String

    /// - Throws: ``BullMQError``, also with ``BullMQError/Code/pendingChildren`` or ``BullMQError/Code/failedChildren``: the job stays
    ///   this worker's then.
    public func complete(_ value: JSONValue? = nil) async throws {
        _ = try await end(.completed(value: RawJSON(value ?? .null)), "moveToFinished")
    }

    /// Completes the job and fetches the next one, in one call.
    public func completeAndFetch(_ value: JSONValue? = nil) async throws -> HeldJob? {
        try await end(.completed(value: RawJSON(value ?? .null)), "moveToFinished", toFetch: 1).jobs.first.map {
            HeldJob(worker: worker, job: $0.job, token: $0.token)
        }
    }

    /// The try failed: the job is tried again, or fails for good, as its options say. The errors that mean something else to a
    /// ``Worker`` mean it here, too.
    public func fail(_ error: any Error) async throws {
        _ = try await end(Verdict(error, for: job, options: worker.options), "moveToFinished")
    }

    /// Runs it again at `until`; this try does not count.
    public func delay(until: Timestamp) async throws {
        let milliseconds = max(0, (until - .now).milliseconds)
        _ = try await end(.delayed(milliseconds: milliseconds, failure: nil, isFree: true), "moveToDelayed")
    }

    /// Back to the front of the queue; this try does not count.
    public func giveBack() async throws {
        _ = try await end(.giveBack, "moveJobFromActiveToWait")
    }

    /// Waits until the job's children are done.
    /// - Returns: false when none is pending: the job stays this worker's.
    public func waitForChildren() async throws -> Bool {
        try await end(.waitForChildren(elseStays: true), "moveToWaitingChildren").codes.first == 0
    }

    /// Keeps the job for another ``WorkerOptions/lockDuration``.
    public func extendLock() async throws {
        if try await !worker.extendLocks(of: [self]).isEmpty { throw BullMQError(code: -2, job: job.id, command: "extendLock") }
    }

    private func end(_ verdict: Verdict, _ command: String, toFetch: Int = 0) async throws -> TurnReply {
        let reply = try await worker.turn([Report(Assignment(job, token: token), verdict)], toFetch: toFetch)
        let code = reply.codes.first ?? 0
        if code < 0 { throw BullMQError(code: code, job: job.id, command: command) }
        return reply
    }
}
