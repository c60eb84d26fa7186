/// How a group takes its turns. Each limit counts the jobs of the group and of those below it, over all workers.
public struct GroupSettings: Sendable, Hashable {
    /// Above 0: its share of the turns, and of what runs while others wait, beside the groups of the same parent. Nil: 1.
    public var weight: Double?
    /// How many of its jobs may run at once; nil: no limit.
    public var concurrency: Int?
    /// How many of its jobs may start in a window of time, which begins with its first job; nil: no limit.
    public var rate: RateLimit?
    /// Its own jobs run one after the other, and one that is to be tried again holds up those behind it until it has ended.
    public var isOrdered: Bool

    public init(weight: Double? = nil, concurrency: Int? = nil, rate: RateLimit? = nil, isOrdered: Bool = false) {
        precondition(weight ?? 1 > 0 && (weight ?? 1).isFinite, "a weight is above 0")
        precondition(concurrency ?? 1 > 0, "to let nothing run, pause the group")
        self.weight = weight
        self.concurrency = concurrency
        self.rate = rate
        self.isOrdered = isOrdered
    }
}
