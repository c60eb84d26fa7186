import Primitives
import RedisClient

/// At most so many jobs started in a window of time, which begins with its first job.
public struct RateLimit: Sendable, Hashable {
    public var max: Int
    /// To the millisecond.
    public var duration: Duration

    public init(max: Int, per duration: Duration) {
        precondition(max > 0 && duration > .zero, "a rate limit lets at least one job start in some time")
        self.max = max
        self.duration = duration
    }
}

// Limits that hold for all workers of a queue together, of every client.
extension Queue {
    /// How many jobs may run at once; nil: no limit.
    public func setGlobalConcurrency(_ count: Int?) async throws {
        precondition(count ?? 1 > 0, "to let nothing run, pause the queue")
        try await setMeta([("concurrency", count)])
        // A worker may be waiting that could start more now.
        _ = try await send([RedisCommand("ZADD", RedisArgument(keys.marker), 0, "0")])
    }

    /// Nil: no limit.
    public func globalConcurrency() async throws -> Int? {
        try await meta("concurrency")[0]
    }

    /// How many jobs may start in a window of time; nil: no limit. It comes before a limit of a worker's own.
    public func setGlobalRateLimit(_ limit: RateLimit?) async throws {
        try await setMeta([("max", limit?.max), ("duration", limit.map { Int($0.duration.milliseconds) })])
    }

    /// Nil: no limit.
    public func globalRateLimit() async throws -> RateLimit? {
        let values = try await meta("max", "duration")
        guard let max = values[0], max > 0, let milliseconds = values[1], milliseconds > 0 else { return nil }
        return RateLimit(max: max, per: .milliseconds(milliseconds))
    }

    /// Whether as many jobs run as may run at once.
    public func isMaxed() async throws -> Bool {
        guard let limit = try await globalConcurrency() else { return false }
        return try await counts([.active])[.active] ?? 0 >= limit
    }

    /// Lets nothing start for some time, provided that the queue or its workers have a rate limit.
    public func rateLimit(for duration: Duration) async throws {
        let milliseconds = RedisArgument(max(1, duration.milliseconds))
        _ = try await send([RedisCommand("SET", RedisArgument(keys.key("limiter")), "9007199254740991", "PX", milliseconds)])
    }

    /// Begins a new window of the rate limit now.
    public func removeRateLimit() async throws {
        _ = try await send([RedisCommand("DEL", RedisArgument(keys.key("limiter")))])
    }

    /// How long nothing will start because of the rate limit; nil when something may.
    /// - Parameter max: of the workers' own limit, which the queue does not know; nil: the queue's.
    public func rateLimitRemaining(max: Int? = nil) async throws -> Duration? {
        let key = RedisArgument(keys.key("limiter"))
        let replies = try await send([
            RedisCommand("GET", key), RedisCommand("PTTL", key), RedisCommand("HGET", RedisArgument(keys.key("meta")), "max"),
        ])
        let used = replies[0].string.flatMap { Int($0) } ?? 0
        let limit = max ?? replies[2].string.flatMap { Int($0) }
        guard let ttl = replies[1].int, ttl > 0, used >= limit ?? 0 else { return nil }
        return .milliseconds(ttl)
    }

    private func meta(_ fields: RedisArgument...) async throws -> [Int?] {
        let reply = try await send([RedisCommand("HMGET", arguments: [RedisArgument(keys.key("meta"))] + fields)])[0]
        return (reply.array ?? []).map { $0.string.flatMap { Int($0) } }
    }

    /// All of them, or none: a worker must not see a limit without its time. Nil deletes.
    private func setMeta(_ fields: [(name: RedisArgument, value: Int?)]) async throws {
        let key = RedisArgument(keys.key("meta"))
        let pairs = fields.flatMap { field in field.value.map { [field.name, RedisArgument($0)] } ?? [] }
        let command =
            pairs.isEmpty
            ? RedisCommand("HDEL", arguments: [key] + fields.map(\.name)) : RedisCommand("HSET", arguments: [key] + pairs)
        _ = try await send([command])
    }
}
