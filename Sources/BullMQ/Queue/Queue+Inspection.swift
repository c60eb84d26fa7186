import Primitives
import RedisClient

extension Queue {
    /// The job, or nil when there is none with that id.
    public func job(_ id: String) async throws -> Job? {
        Job(id: id, fields: JobFields(try await send([RedisCommand("HGETALL", RedisArgument(keys.key(id)))])[0]))
    }

    /// Where a job is; nil when no state holds it.
    public func state(of id: String) async throws -> JobState? {
        try await run(Scripts.state, [RedisArgument(id)]).string.flatMap { JobState(rawValue: $0) }
    }

    /// How many jobs are in each state.
    public func counts() async throws -> [JobState: Int] {
        let replies = try await send(JobState.allCases.map { RedisCommand($0.isList ? "LLEN" : "ZCARD", RedisArgument(keys.key($0))) })
        return Dictionary(uniqueKeysWithValues: zip(JobState.allCases, replies.map { $0.int ?? 0 }))
    }

    /// A range of a state's jobs, by place; negative places count from the end, as in Redis.
    ///
    /// - Parameter newestFirst: default: finished jobs newest first, all others in the order they will run.
    public func jobs(in state: JobState, from first: Int = 0, to last: Int = -1, newestFirst: Bool? = nil) async throws -> [Job] {
        let newestFirst = newestFirst ?? (state == .completed || state == .failed)
        let key = RedisArgument(keys.key(state))
        var ids: [String]
        if state.isList {
            // The end of the list runs next, so the order of running is the list backwards.
            let (from, to) = newestFirst ? (first, last) : (-last - 1, -first - 1)
            ids = Self.texts(try await send([RedisCommand("LRANGE", key, RedisArgument(from), RedisArgument(to))])[0])
            if !newestFirst { ids.reverse() }
        } else {
            let command = newestFirst ? "ZREVRANGE" : "ZRANGE"
            ids = Self.texts(try await send([RedisCommand(command, key, RedisArgument(first), RedisArgument(last))])[0])
        }
        let hashes = try await send(ids.map { RedisCommand("HGETALL", RedisArgument(keys.key($0))) })
        return zip(ids, hashes).compactMap { Job(id: $0, fields: JobFields($1)) }
    }

    /// What processors have logged for a job, oldest row first.
    public func logs(of id: String) async throws -> [String] {
        Self.texts(try await send([RedisCommand("LRANGE", RedisArgument(keys.key("\(id):logs")), 0, -1)])[0])
    }

    private static func texts(_ reply: RedisValue) -> [String] {
        reply.array?.compactMap(\.string) ?? []
    }

    /// Nothing new is started, by any worker, until ``resume()``. Running jobs finish.
    public func pause() async throws {
        _ = try await run(Scripts.pause, [])
    }

    /// Ends a pause.
    public func resume() async throws {
        var isFirst = true
        while try await run(Scripts.resume, [isFirst ? "1" : "0"]).int ?? 0 > 0 { isFirst = false }
    }

    public func isPaused() async throws -> Bool {
        try await send([RedisCommand("HEXISTS", RedisArgument(keys.key("meta")), "paused")])[0].int == 1
    }

    /// Removes a job in whatever state, with its children. A job that does not exist is no error.
    /// - Throws: ``BullMQError`` with ``BullMQError/Code/locked`` while a worker runs it or a child.
    public func remove(_ id: String) async throws {
        switch try await run(Scripts.removeJob, [RedisArgument(id)]).int {
        case 1: return
        case -8: throw BullMQError(.ownedByScheduler, "Job \(id) belongs to a job scheduler and cannot be removed directly. removeJob")
        default: throw BullMQError(.locked, "Job \(id) could not be removed because it is locked by another worker")
        }
    }
}

extension JobState {
    var isList: Bool {
        switch self {
        case .active, .wait, .paused: true
        case .completed, .delayed, .failed, .prioritized, .waitingChildren: false
        }
    }
}
