import Primitives
import RedisClient

// The groups of a queue. A group exists while it has jobs that are not finished, settings, or groups below it.
extension Queue {
    /// Groups in the order of their paths, those above before those below.
    /// - Parameters:
    ///   - path: they begin after this one; nil: at the first.
    ///   - limit: how many at most, 1 to 1,000.
    public func groups(after path: [String]? = nil, limit: Int = 100) async throws -> GroupPage {
        precondition((1...1000).contains(limit), "a page has 1 to 1,000 groups")
        let found = try await groups(JobGroup.encode(path ?? []), limit: limit + 1, isExact: false)
        let page = Array(found.prefix(limit))
        return GroupPage(groups: page, next: found.count > limit ? page.last?.path : nil)
    }

    /// A group as it is now; nil when there is none.
    public func group(_ path: [String]) async throws -> GroupInfo? {
        try await groups(try Self.encoded(path), limit: 1, isExact: true).first
    }

    /// Replaces the settings of a group, which need not exist yet. Running jobs go on.
    public func setGroup(_ path: [String], _ settings: GroupSettings) async throws {
        let arguments: [RedisArgument] = [
            RedisArgument(try Self.encoded(path)), "w", settings.weight.map { RedisArgument("\($0)") } ?? "", "c",
            settings.concurrency.map { RedisArgument($0) } ?? "", "rm", settings.rate.map { RedisArgument($0.max) } ?? "", "rd",
            settings.rate.map { RedisArgument($0.duration.milliseconds) } ?? "", "o", settings.isOrdered ? "1" : "",
        ]
        _ = try await run(Scripts.setGroup, arguments)
    }

    /// Takes the settings from a group and from those below it, and ends their pauses: each is gone with its last job.
    public func forgetGroups(_ path: [String]) async throws {
        var next: [String]? = path
        try await forget(path)
        while let after = next {
            let page = try await groups(after: after, limit: 1000)
            for group in page.groups where group.path.starts(with: path) { try await forget(group.path) }
            // Names that begin like the path's sort among those below it, so the end is where the first names differ.
            next = page.groups.last.flatMap { $0.path.first?.hasPrefix(path[0]) ?? false ? page.next : nil }
        }
    }

    private func forget(_ path: [String]) async throws {
        try await setGroup(path, GroupSettings())
        try await resumeGroup(path)
    }

    /// Starts no more jobs of a group, nor of those below it, until ``resumeGroup(_:)``. Running jobs finish.
    public func pauseGroup(_ path: [String]) async throws {
        _ = try await run(Scripts.setGroup, [RedisArgument(try Self.encoded(path)), "p", "1"])
    }

    /// Ends ``pauseGroup(_:)``.
    public func resumeGroup(_ path: [String]) async throws {
        _ = try await run(Scripts.setGroup, [RedisArgument(try Self.encoded(path)), "p", ""])
    }

    /// Deletes the ready jobs of a group and of those below it, a thousand at a time; running jobs stay.
    /// - Parameter includingDelayed: delayed jobs as well.
    /// - Returns: how many.
    @discardableResult
    public func drainGroup(_ path: [String], includingDelayed: Bool = false) async throws -> Int {
        try await drainGroups(try Self.encoded(path), includingDelayed: includingDelayed)
    }

    /// - Parameter path: encoded; "": all groups.
    @discardableResult
    func drainGroups(_ path: String, includingDelayed: Bool) async throws -> Int {
        var (deleted, cursor) = (0, "")
        repeat {
            let reply = try await run(
                Scripts.drainGroup, [RedisArgument(path), RedisArgument(cursor), includingDelayed ? "1" : ""])
            deleted += reply.array?.first?.int ?? 0
            cursor = reply.array?.last?.string ?? ""
        } while !cursor.isEmpty
        return deleted
    }

    private func groups(_ path: String, limit: Int, isExact: Bool) async throws -> [GroupInfo] {
        let reply = try await run(Scripts.groups, [RedisArgument(path), RedisArgument(limit), isExact ? "1" : ""])
        let items = reply.array ?? []
        return stride(from: 0, to: items.count - 3, by: 4).map { index in
            GroupInfo(
                path: items[index].string ?? "", fields: JobFields(items[index + 1]), oldest: items[index + 2], now: items[index + 3])
        }
    }

    private static func encoded(_ path: [String]) throws(BullMQError) -> String {
        let group = JobGroup(path)
        try group.validate()
        return group.encoded
    }
}
