public import Primitives
import RedisClient

/// A group as it is now. The counts include the groups below it.
public struct GroupInfo: Sendable, Hashable {
    public let path: [String]
    public let settings: GroupSettings
    public let isPaused: Bool
    /// Jobs that are ready.
    public let waiting: Int
    public let active: Int
    public let delayed: Int
    /// Groups right below it.
    public let children: Int
    /// When the oldest of its ready jobs was added, as far as the first hundred groups below it tell; nil: none is ready.
    public let oldestWaiting: Timestamp?
    /// Its rate lets nothing start until then; nil: something may.
    public let limitedUntil: Timestamp?
}

extension GroupInfo {
    init(path: String, fields: JobFields, oldest: RedisValue, now: RedisValue) {
        self.path = JobGroup.path(encoded: path)
        let max = fields.int("rm")
        let duration = fields.int("rd")
        var rate: RateLimit?
        if let max, let duration, max > 0, duration > 0 { rate = RateLimit(max: max, per: .milliseconds(duration)) }
        var settings = GroupSettings(
            concurrency: fields.int("c").flatMap { $0 > 0 ? $0 : nil }, rate: rate, isOrdered: fields.int("o") == 1)
        if let weight = fields.text("w").flatMap({ Double($0) }), weight > 0, weight.isFinite { settings.weight = weight }
        self.settings = settings
        isPaused = fields.int("p") == 1
        waiting = fields.int("nw") ?? 0
        active = fields.int("na") ?? 0
        delayed = fields.int("nd") ?? 0
        children = fields.int("k") ?? 0
        oldestWaiting = oldest.string.flatMap { Int64($0) }.map { Timestamp(milliseconds: $0) }
        let end = Int64(fields.int("re") ?? 0)
        let isLimited = fields.int("ru") ?? 0 >= max ?? .max && end > now.string.flatMap { Int64($0) } ?? 0
        limitedUntil = isLimited ? Timestamp(milliseconds: end) : nil
    }
}

/// Some of a queue's groups, in the order of their paths.
public struct GroupPage: Sendable {
    public let groups: [GroupInfo]
    /// The path to go on after; nil: there are no more.
    public let next: [String]?
}
