/// Jobs with the same deduplication id stand in for one another: while one owns the id, another one is not added.
public struct JobDeduplication: Sendable, Hashable {
    public var id: String
    /// How long the id is owned, to the millisecond; nil: until its job has completed, or failed for good.
    public var ttl: Duration?
    /// Every job that is turned away makes the ``ttl`` begin anew.
    public var extend: Bool
    /// While the owner is delayed, a new job takes its place: its delay counts from now, its data are the latest.
    public var replace: Bool
    /// While the owner runs, the latest of those turned away is kept, and added when the owner has finished.
    public var keepLastIfActive: Bool

    public init(id: String, ttl: Duration? = nil, extend: Bool = false, replace: Bool = false, keepLastIfActive: Bool = false) {
        self.id = id
        self.ttl = ttl
        self.extend = extend
        self.replace = replace
        self.keepLastIfActive = keepLastIfActive
    }

    /// One at a time: the id is free again when its job has finished.
    public static func simple(_ id: String) -> JobDeduplication { JobDeduplication(id: id) }

    /// One in every `ttl`, whether it has finished or not.
    public static func throttle(_ id: String, ttl: Duration) -> JobDeduplication { JobDeduplication(id: id, ttl: ttl) }

    /// Of many in short succession the last one. Give the job a delay of `ttl`.
    public static func debounce(_ id: String, ttl: Duration) -> JobDeduplication {
        JobDeduplication(id: id, ttl: ttl, extend: true, replace: true)
    }
}
