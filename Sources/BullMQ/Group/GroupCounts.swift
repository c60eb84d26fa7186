import RedisClient

/// The groups of a queue together.
public struct GroupCounts: Sendable, Hashable {
    /// Groups of all levels that exist.
    public let groups: Int
    /// Groups of the first level that could start a job now.
    public let runnable: Int
    /// Groups of all levels that wait for the end of their rate's window.
    public let rateLimited: Int
    /// Jobs in groups.
    public let waiting: Int
    public let active: Int
    public let delayed: Int
}

extension Queue {
    /// Of all groups together; zeros in a queue without groups.
    public func groupCounts() async throws -> GroupCounts {
        let replies = try await send([
            RedisCommand("ZCARD", RedisArgument(keys.key("sw:groups"))), RedisCommand("ZCARD", RedisArgument(keys.key("sw:due"))),
            RedisCommand("HGET", RedisArgument(keys.key("sw:n:")), "st"),
        ])
        let root = GroupState(replies[2].bytes)
        return GroupCounts(
            groups: replies[0].int ?? 0, runnable: root[int: .idle] + root[int: .running] + root[int: .over],
            rateLimited: replies[1].int ?? 0, waiting: root[int: .waiting], active: root[int: .active], delayed: root[int: .delayed])
    }
}
