public import JSON
import Primitives
import RedisClient

/// How many children a job has.
public struct ChildCounts: Sendable, Hashable {
    /// Completed.
    public let processed: Int
    /// Not finished yet.
    public let pending: Int
    /// Failed without consequence for the parent.
    public let ignored: Int
    /// Failed, and the parent with them.
    public let failed: Int
}

/// The children of a job, by their keys, `<prefix>:<queue>:<id>`.
public struct JobChildren: Sendable {
    /// With what they answered, JSON.
    public let processed: [String: RawJSON]
    public let pending: [String]
    /// With why they failed.
    public let ignored: [String: String]
    public let failed: [String]
}

// The relations of a job to its children and its parent.
extension Queue {
    /// What the children of a job have answered, by their keys, `<prefix>:<queue>:<id>`.
    public func childrenValues(of id: String) async throws -> [String: RawJSON] {
        let pairs = try await send([RedisCommand("HGETALL", RedisArgument(keys.key("\(id):processed")))])[0]
        return Self.pairs(pairs).mapValues { RawJSON(unchecked: $0) }
    }

    /// Why children failed whose failure their parent survives, by their keys.
    public func ignoredFailures(of id: String) async throws -> [String: String] {
        let pairs = try await send([RedisCommand("HGETALL", RedisArgument(keys.key("\(id):failed")))])[0]
        return Self.pairs(pairs).mapValues { String(decoding: $0, as: UTF8.self) }
    }

    /// All children of a job, at once; mind jobs that have very many.
    public func children(of id: String) async throws -> JobChildren {
        let replies = try await send([
            RedisCommand("HGETALL", RedisArgument(keys.key("\(id):processed"))),
            RedisCommand("SMEMBERS", RedisArgument(keys.key("\(id):dependencies"))),
            RedisCommand("HGETALL", RedisArgument(keys.key("\(id):failed"))),
            RedisCommand("ZRANGE", RedisArgument(keys.key("\(id):unsuccessful")), 0, -1),
        ])
        return JobChildren(
            processed: Self.pairs(replies[0]).mapValues { RawJSON(unchecked: $0) }, pending: Self.texts(replies[1]),
            ignored: Self.pairs(replies[2]).mapValues { String(decoding: $0, as: UTF8.self) }, failed: Self.texts(replies[3]))
    }

    /// How many children a job has, by what became of them.
    public func childCounts(of id: String) async throws -> ChildCounts {
        let replies = try await send([
            RedisCommand("HLEN", RedisArgument(keys.key("\(id):processed"))),
            RedisCommand("SCARD", RedisArgument(keys.key("\(id):dependencies"))),
            RedisCommand("HLEN", RedisArgument(keys.key("\(id):failed"))),
            RedisCommand("ZCARD", RedisArgument(keys.key("\(id):unsuccessful"))),
        ]).map { $0.int ?? 0 }
        return ChildCounts(processed: replies[0], pending: replies[1], ignored: replies[2], failed: replies[3])
    }

    /// Removes the children of a job that have not finished, and theirs; those that run, or failed, stay.
    /// - Returns: how many.
    @discardableResult
    public func removeUnprocessedChildren(of id: String) async throws -> Int {
        try await run(Scripts.removeUnprocessedChildren, [RedisArgument(id)]).int ?? 0
    }

    /// Makes a child independent of its parent, which no longer waits for it.
    /// - Returns: false when no parent waits for it.
    @discardableResult
    public func removeChildDependency(of id: String) async throws -> Bool {
        let reply = try await run(Scripts.removeChildDependency, [RedisArgument(id)])
        try check(reply, id, "removeChildDependency")
        return reply.int == 1
    }

    private static func texts(_ reply: RedisValue) -> [String] {
        switch reply {
        case .set(let items), .array(let items): items.compactMap(\.string)
        default: []
        }
    }

    private static func pairs(_ reply: RedisValue) -> [String: [UInt8]] {
        var pairs: [String: [UInt8]] = [:]
        switch reply {
        case .map(let entries):
            for entry in entries { if let key = entry.key.string { pairs[key] = entry.value.bytes } }
        case .array(let items):
            for index in stride(from: 0, to: items.count - 1, by: 2) {
                if let key = items[index].string { pairs[key] = items[index + 1].bytes }
            }
        default: break
        }
        return pairs
    }
}
