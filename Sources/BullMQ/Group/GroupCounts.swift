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
            RedisCommand("HMGET", RedisArgument(keys.key("sw:n:")), "ki", "kr", "ko", "nw", "na", "nd"),
        ])
        let root = (replies[2].array ?? []).map { $0.string.flatMap { Int($0) } ?? 0 }
        guard root.count == 6 else { throw BullMQError(.unexpectedReply, "the counts of groups are \(root.count) values") }
        return GroupCounts(
            groups: replies[0].int ?? 0, runnable: root[0] + root[1] + root[2], rateLimited: replies[1].int ?? 0, waiting: root[3],
            active: root[4], delayed: root[5])
    }
}
