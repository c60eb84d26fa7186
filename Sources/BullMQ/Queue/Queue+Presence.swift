import RedisClient

/// Whether Redis knows a job, and whether anything will still happen to it.
public enum JobPresence: Sendable {
    /// Never added, removed, or forgotten with the rest of a Redis that lost its memory.
    case absent
    /// Waiting, delayed or being worked on.
    case unfinished
    /// Completed or failed, and kept.
    case finished
}

extension Queue {
    /// Looks many jobs up in one round trip; the answers are in the order of `ids`.
    public func presence(of ids: [String]) async throws -> [JobPresence] {
        guard !ids.isEmpty else { return [] }
        let replies = try await send(ids.map { RedisCommand("HMGET", RedisArgument(keys.key($0)), "name", "finishedOn") })
        return replies.map { reply in
            let fields = reply.array ?? []
            guard let name = fields.first, !name.isNull else { return .absent }
            return fields.last?.isNull ?? true ? .unfinished : .finished
        }
    }
}
