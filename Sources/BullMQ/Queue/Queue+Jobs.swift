public import JSON
import Primitives
import RedisClient

// What can be done with one job, in whatever state, besides running it.
extension Queue {
    /// Replaces a job's data; its next try sees them.
    public func updateData(of id: String, to data: RawJSON) async throws {
        try check(await run(Scripts.updateData, [RedisArgument(id), RedisArgument(data.bytes)]), id, "updateData")
    }

    /// Stores progress, any JSON, and tells it in the queue's events.
    public func updateProgress(of id: String, to progress: JSONValue) async throws {
        try check(await run(Scripts.updateProgress, [RedisArgument(id), RedisArgument(progress.bytes())]), id, "updateProgress")
    }

    /// Appends a row to a job's log. Returns the number of rows.
    /// - Parameter keep: how many rows stay, the newest; nil: all.
    @discardableResult
    public func addLog(_ row: String, to id: String, keep: Int? = nil) async throws -> Int {
        let reply = try await run(Scripts.addLog, [RedisArgument(id), RedisArgument(row), keep.map { RedisArgument($0) } ?? ""])
        try check(reply, id, "addLog")
        return reply.int ?? 0
    }

    /// Deletes a job's log, but for the newest `keep` rows.
    public func clearLogs(of id: String, keep: Int = 0) async throws {
        let key = RedisArgument(keys.key("\(id):logs"))
        _ = try await send([keep > 0 ? RedisCommand("LTRIM", key, RedisArgument(-keep), -1) : RedisCommand("DEL", key)])
    }

    /// Makes a delayed job ready now.
    public func promote(_ id: String) async throws {
        try check(await run(Scripts.promote, [RedisArgument(id)]), id, "promote", state: "delayed")
    }

    /// Puts a delayed job off, or forward: `delay` counts from now.
    public func changeDelay(of id: String, to delay: Duration) async throws {
        guard delay >= .zero else { throw BullMQError(.invalidOptions, "delay must not be negative") }
        let arguments = [RedisArgument(id), RedisArgument(delay.milliseconds), RedisArgument(Timestamp.now.milliseconds)]
        try check(await run(Scripts.changeDelay, arguments), id, "changeDelay", state: "delayed")
    }

    /// Changes a job's priority; one that is ready goes to the end of its new equals.
    /// - Parameter lifo: to their front.
    public func changePriority(of id: String, to priority: Int, lifo: Bool = false) async throws {
        guard (0...JobOptions.maximumPriority).contains(priority) else {
            throw BullMQError(.invalidOptions, "priority must be 0 to \(JobOptions.maximumPriority)")
        }
        let reply = try await run(Scripts.changePriority, [RedisArgument(id), RedisArgument(priority), lifo ? "1" : ""])
        try check(reply, id, "changePriority")
    }

    /// Runs a finished job again. A parent that had been told of its end waits for it again.
    /// - Parameters:
    ///   - state: where it is, `.failed` or `.completed`.
    ///   - resetAttempts: it gets all its attempts again.
    ///   - resetStarts: ``Job/attemptsStarted`` counts from 0 again.
    public func retry(
        _ id: String, from state: JobState = .failed, resetAttempts: Bool = false, resetStarts: Bool = false
    ) async throws {
        precondition(state == .failed || state == .completed, "only finished jobs can be retried")
        let isLIFO = try await job(id)?.options.lifo ?? false
        let reply = try await run(
            Scripts.reprocess,
            [
                RedisArgument(id), RedisArgument(state.rawValue), isLIFO ? "RPUSH" : "LPUSH", resetAttempts ? "1" : "",
                resetStarts ? "1" : "",
            ])
        try check(reply, id, "reprocessJob", state: state.rawValue)
    }

    /// Removes a job in whatever state. A job that does not exist is no error.
    /// - Parameter withChildren: its children, and theirs, go as well.
    /// - Throws: ``BullMQError`` with ``BullMQError/Code/locked`` while a worker runs it, or a child that would go as well.
    public func remove(_ id: String, withChildren: Bool = true) async throws {
        switch try await run(Scripts.removeJob, [RedisArgument(id), withChildren ? "1" : ""]).int ?? 0 {
        case 1: return
        case 0: throw BullMQError(.locked, "Job \(id) could not be removed because it is locked by another worker")
        case let code: throw BullMQError(code: code, job: id, command: "removeJob")
        }
    }

    /// The job that owns a deduplication id, or nil.
    public func deduplicationOwner(_ deduplicationID: String) async throws -> String? {
        try await send([RedisCommand("GET", RedisArgument(keys.key("de:\(deduplicationID)")))])[0].string
    }

    /// Frees a deduplication id, so that the next job with it is added.
    /// - Parameter owner: only if that job owns it; nil: whoever does.
    /// - Returns: whether it was owned.
    @discardableResult
    public func freeDeduplication(_ deduplicationID: String, ownedBy owner: String? = nil) async throws -> Bool {
        if let owner {
            return try await run(Scripts.releaseDeduplicationKey, [RedisArgument(deduplicationID), RedisArgument(owner)]).int == 1
        }
        return try await send([RedisCommand("DEL", RedisArgument(keys.key("de:\(deduplicationID)")))])[0].int == 1
    }

    func check(_ reply: RedisValue, _ id: String, _ command: String, state: String = "active") throws(BullMQError) {
        guard let code = reply.int, code < 0 else { return }
        throw BullMQError(code: code, job: id, command: command, state: state)
    }
}
