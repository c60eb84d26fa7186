public import JSON
import RedisClient

/// What a processor can do with its job while it runs.
public struct JobContext: Sendable {
    let queue: Queue
    let job: Job
    /// The lock's token, `<worker>:<n>`.
    public let token: String

    /// Stores progress, any JSON, and tells it in the queue's events.
    public func updateProgress(_ progress: JSONValue) async throws {
        let reply = try await queue.run(Scripts.updateProgress, [RedisArgument(job.id), RedisArgument(progress.bytes())])
        if reply.int == -1 { throw BullMQError(.notFound, "Missing key for job \(job.id). updateProgress") }
    }

    /// Appends a row to the job's log.
    public func log(_ row: String) async throws {
        let keep = job.options.keepLogs.map { RedisArgument($0) } ?? ""
        let reply = try await queue.run(Scripts.addLog, [RedisArgument(job.id), RedisArgument(row), keep])
        if reply.int == -1 { throw BullMQError(.notFound, "Missing key for job \(job.id). addLog") }
    }
}
