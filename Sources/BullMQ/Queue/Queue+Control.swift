public import Primitives
import RedisClient

// What concerns all jobs of a queue.
extension Queue {
    /// Nothing new is started, by any worker, until ``resume()``. Running jobs finish.
    public func pause() async throws {
        _ = try await run(Scripts.pause, [])
    }

    /// Ends a pause.
    public func resume() async throws {
        var isFirst = true
        while try await run(Scripts.resume, [isFirst ? "1" : "0"]).int ?? 0 > 0 { isFirst = false }
    }

    /// Whether workers start nothing new, see ``pause()``.
    public func isPaused() async throws -> Bool {
        try await send([RedisCommand("HEXISTS", RedisArgument(keys.key("meta")), "paused")])[0].int == 1
    }

    /// Deletes all jobs that are ready, a thousand at a time; those that run or have finished stay, and so do a scheduler's next jobs.
    /// - Parameter includingDelayed: delayed jobs as well.
    public func drain(includingDelayed: Bool = false) async throws {
        while try await run(Scripts.drain, [includingDelayed ? "1" : ""]).int ?? 0 > 0 {}
        try await drainGroups("", includingDelayed: includingDelayed)
    }

    /// Deletes jobs of one state that are older than `grace`: since they finished, began, or were added.
    ///
    /// Running jobs go only when their worker has vanished. A scheduler's next job stays.
    /// - Parameter limit: how many at most; 0: all.
    /// - Returns: their ids.
    @discardableResult
    public func clean(_ state: JobState, olderThan grace: Duration = .zero, limit: Int = 0) async throws -> [String] {
        precondition(state != .waitingChildren, "jobs that wait for children are removed one by one")
        let cutoff = RedisArgument(Timestamp.now.milliseconds - grace.milliseconds)
        var cleaned: [String] = []
        while true {
            let wanted = limit > 0 ? min(limit - cleaned.count, Self.cleanedPerCall) : Self.cleanedPerCall
            let reply = try await run(Scripts.clean, [RedisArgument(state.rawValue), cutoff, RedisArgument(wanted)])
            let ids = reply.array?.compactMap(\.string) ?? []
            cleaned += ids
            if ids.count < wanted || cleaned.count == limit { return cleaned }
        }
    }

    private static let cleanedPerCall = 10_000

    /// Pauses the queue and deletes all of it, a thousand jobs at a time.
    /// - Parameter force: although jobs run.
    /// - Throws: ``BullMQError`` with ``BullMQError/Code/hasActiveJobs``; the queue stays paused then.
    public func obliterate(force: Bool = false) async throws {
        try await pause()
        if !force, try await counts([.active])[.active] ?? 0 > 0 {
            throw BullMQError(.hasActiveJobs, "Cannot obliterate queue with active jobs")
        }
        try await drainGroups("", includingDelayed: true)
        while true {
            switch try await run(Scripts.obliterate, [1000, force ? "1" : ""]).int ?? 0 {
            case 0:
                try await deleteKeys(matching: "de:*")
                try await deleteKeys(matching: "dn:*")
                try await deleteKeys(matching: "sw:*")
                return
            case -1: throw BullMQError(.notPaused, "Cannot obliterate non-paused queue")
            case -2: throw BullMQError(.hasActiveJobs, "Cannot obliterate queue with active jobs")
            default: continue
            }
        }
    }

    private func deleteKeys(matching suffix: String) async throws {
        let pattern = keys.base.reduce(into: "") { $0 += "*?[]\\".contains($1) ? "\\\($1)" : "\($1)" } + ":" + suffix
        var cursor = "0"
        repeat {
            let reply = try await send([RedisCommand("SCAN", RedisArgument(cursor), "MATCH", RedisArgument(pattern), "COUNT", 1000)])[0]
            cursor = reply.array?.first?.string ?? "0"
            let found = reply.array?.last?.array?.compactMap(\.string) ?? []
            if !found.isEmpty { _ = try await send([RedisCommand("DEL", arguments: found.map { RedisArgument($0) })]) }
        } while cursor != "0"
    }

    /// Runs all failed, or all completed, jobs again, oldest first and without regard to priority.
    /// - Parameters:
    ///   - finishedBefore: only those; nil: all.
    ///   - batch: jobs moved in one call to the server.
    public func retryAll(_ state: JobState = .failed, finishedBefore limit: Timestamp? = nil, batch: Int = 1000) async throws {
        precondition(state == .failed || state == .completed, "only finished jobs can be retried")
        try await moveToWait(state, upTo: RedisArgument((limit ?? .now).milliseconds), batch)
    }

    /// Makes all delayed jobs ready, in the order they were due and without regard to priority.
    public func promoteAll(batch: Int = 1000) async throws {
        try await moveToWait(.delayed, upTo: "+inf", batch)
    }

    private func moveToWait(_ state: JobState, upTo score: RedisArgument, _ batch: Int) async throws {
        while try await run(Scripts.moveToWait, [RedisArgument(state.rawValue), RedisArgument(batch), score]).int == 1 {}
    }

    /// Cuts the stream of events to about this many.
    public func trimEvents(to count: Int) async throws {
        _ = try await send([RedisCommand("XTRIM", RedisArgument(keys.key("events")), "MAXLEN", "~", RedisArgument(count))])
    }
}
