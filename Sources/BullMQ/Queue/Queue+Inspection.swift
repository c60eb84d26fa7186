public import JSON
import Primitives
import RedisClient

// What is in a queue. Nothing here changes anything.
extension Queue {
    /// The job, or nil when there is none with that id.
    public func job(_ id: String) async throws -> Job? {
        Job(id: id, fields: JobFields(try await send([RedisCommand("HGETALL", RedisArgument(keys.key(id)))])[0]))
    }

    /// Where a job is; nil when no state holds it.
    public func state(of id: String) async throws -> JobState? {
        try await run(Scripts.state, [RedisArgument(id)]).string.flatMap { JobState(rawValue: $0) }
    }

    /// How a job ended; nil while it has not.
    /// - Throws: ``BullMQError`` with ``BullMQError/Code/notFound`` when there is none.
    public func outcome(of id: String) async throws -> JobOutcome? {
        // The state first: a job that ends in between would be told without what it ended with.
        let state = try await state(of: id)
        guard let job = try await job(id) else { throw BullMQError(code: -1, job: keys.key(id), command: "isFinished") }
        switch state {
        case .completed: return .completed(job.returnValue ?? RawJSON(.null))
        case .failed: return .failed(reason: job.failedReason ?? "")
        case .active, .delayed, .prioritized, .wait, .waitingChildren, .paused, nil: return nil
        }
    }

    /// How many jobs are in each state; those in groups count as waiting, with a priority too, or delayed.
    public func counts(_ states: [JobState] = JobState.allCases) async throws -> [JobState: Int] {
        let own = states.map { RedisCommand($0.isList ? "LLEN" : "ZCARD", RedisArgument(keys.key($0))) }
        let replies = try await send(own + [RedisCommand("HGET", RedisArgument(keys.key("sw:n:")), "st")])
        var counts = Dictionary(zip(states, replies.map { $0.int ?? 0 })) { first, _ in first }
        let root = GroupState(replies.last?.bytes)
        counts[.wait]? += root[int: .waiting]
        counts[.delayed]? += root[int: .delayed]
        return counts
    }

    /// How many jobs are ready with each of these priorities.
    public func countsPerPriority(_ priorities: [Int]) async throws -> [Int: Int] {
        let replies = try await send(
            priorities.map { priority in
                guard priority > 0 else { return RedisCommand("LLEN", RedisArgument(keys.key(.wait))) }
                let first = Int64(priority) << 32
                return RedisCommand(
                    "ZCOUNT", RedisArgument(keys.key(.prioritized)), RedisArgument(first), RedisArgument(first + 0xffff_ffff))
            })
        return Dictionary(zip(priorities, replies.map { $0.int ?? 0 })) { first, _ in first }
    }

    /// A range of a state's jobs, by place; negative places count from the end, as in Redis. A job that vanished is left out.
    ///
    /// - Parameter newestFirst: default: finished jobs newest first, all others in the order they will run.
    public func jobs(in state: JobState, from first: Int = 0, to last: Int = -1, newestFirst: Bool? = nil) async throws -> [Job] {
        let newestFirst = newestFirst ?? (state == .completed || state == .failed)
        let reply = try await run(
            Scripts.jobs, [RedisArgument(state.rawValue), RedisArgument(first), RedisArgument(last), newestFirst ? "1" : ""])
        let items = reply.array ?? []
        return stride(from: 0, to: items.count - 1, by: 2).compactMap { index in
            items[index].string.flatMap { Job(id: $0, fields: JobFields(items[index + 1])) }
        }
    }

    /// The same range of each of several states, one after the other.
    public func jobs(in states: [JobState], from first: Int = 0, to last: Int = -1, newestFirst: Bool? = nil) async throws -> [Job] {
        var all: [Job] = []
        for state in states { all += try await jobs(in: state, from: first, to: last, newestFirst: newestFirst) }
        return all
    }

    /// What processors have logged for a job, oldest row first.
    public func logs(of id: String) async throws -> [String] {
        try await logs(of: id, from: 0, to: -1).rows
    }

    /// A range of a job's log rows, and how many there are in all.
    /// - Parameter newestFirst: the places count from the newest row, and it comes first.
    public func logs(of id: String, from first: Int, to last: Int, newestFirst: Bool = false) async throws -> (rows: [String], count: Int) {
        let key = RedisArgument(keys.key("\(id):logs"))
        let (from, to) = newestFirst ? (-last - 1, -first - 1) : (first, last)
        let replies = try await send([
            RedisCommand("LRANGE", key, RedisArgument(from), RedisArgument(to)), RedisCommand("LLEN", key),
        ])
        let rows = replies[0].array?.compactMap(\.string) ?? []
        return (newestFirst ? rows.reversed() : rows, replies[1].int ?? 0)
    }

    /// What the queue was last opened with by a client that says so, `bullmq:6.2.0`; nil when none did.
    ///
    /// Clients before `bullmq:6` must not pause or resume a queue that is shared: jobs would be lost.
    public func version() async throws -> String? {
        try await send([RedisCommand("HGET", RedisArgument(keys.key("meta")), "version")])[0].string
    }
}

/// How a job ended.
public enum JobOutcome: Sendable, Hashable {
    /// What its processor answered, JSON.
    case completed(RawJSON)
    case failed(reason: String)
}

extension JobState {
    var isList: Bool {
        switch self {
        case .active, .wait, .paused: true
        case .completed, .delayed, .failed, .prioritized, .waitingChildren: false
        }
    }
}
