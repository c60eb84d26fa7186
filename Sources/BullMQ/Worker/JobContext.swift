public import JSON
public import Primitives
import RedisClient

/// What a processor can do with its job while it runs.
public struct JobContext: Sendable {
    /// The queue the job is in.
    public let queue: Queue
    let job: Job
    /// The lock's token, `<worker>:<n>`.
    public let token: String
    /// The job's own piece of the trace in which it was added, or a new trace.
    public let trace: TraceContext
    let events: WorkerEvents

    /// Stores progress, any JSON, and tells it in the queue's events.
    public func updateProgress(_ progress: JSONValue) async throws {
        try await queue.updateProgress(of: job.id, to: progress)
        events.emit(.progress(job, progress))
    }

    /// Appends a row to the job's log.
    public func log(_ row: String) async throws {
        try await queue.addLog(row, to: job.id, keep: job.options.keepLogs)
    }

    /// Replaces the job's data, which its next try sees: how a job of several steps remembers the one it has reached.
    public func updateData(_ data: RawJSON) async throws {
        try await queue.updateData(of: job.id, to: data)
    }

    /// Adds children, jobs for which this one waits once its processor throws ``WaitForChildren``. Without that it cannot complete while
    /// one of them is pending.
    ///
    /// With ids of one's own, a try that repeats this adds nothing twice.
    /// - Parameter other: the queue they go to; nil: this one. It must be of the same cluster slot, if there is a cluster.
    @discardableResult
    public func addChildren(_ children: [NewJob], to other: Queue? = nil) async throws -> [AddedJob] {
        let parent = JobParent(id: job.id, queue: queue)
        return try await (other ?? queue).addBulk(
            children.map { child in
                var child = child
                child.options.parent = parent
                return child
            })
    }

    /// What the job's children have answered, by their keys, `<prefix>:<queue>:<id>`.
    public func childrenValues() async throws -> [String: RawJSON] {
        try await queue.childrenValues(of: job.id)
    }

    /// Why children failed whose failure this job survives, by their keys.
    public func ignoredFailures() async throws -> [String: String] {
        try await queue.ignoredFailures(of: job.id)
    }
}
