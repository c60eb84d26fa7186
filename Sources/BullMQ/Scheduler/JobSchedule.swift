public import Primitives

/// When a job scheduler makes its jobs.
public struct JobSchedule: Sendable, Hashable {
    public enum Repetition: Sendable, Hashable {
        /// At regular intervals, to the millisecond. `offset` says where in the interval, counted from 1970; nil: from the first job on, which
        /// runs at once.
        case every(Duration, offset: Duration? = nil)
        /// Whenever a cron expression matches by the clocks of an IANA time zone, see `CronExpression`.
        case cron(String, timeZone: String = "UTC")
    }

    public var repetition: Repetition
    /// How many jobs it makes in all, counted from the latest upsert; nil: no end.
    public var limit: Int?
    /// No job before this time.
    public var start: Timestamp?
    /// No job after this time.
    public var end: Timestamp?
    /// The first job of a cron schedule runs at once instead of at the first match; excludes `start`.
    public var isImmediate: Bool

    public init(
        _ repetition: Repetition, limit: Int? = nil, start: Timestamp? = nil, end: Timestamp? = nil, isImmediate: Bool = false
    ) {
        self.repetition = repetition
        self.limit = limit
        self.start = start
        self.end = end
        self.isImmediate = isImmediate
    }

    /// At regular intervals.
    public static func every(_ interval: Duration, offset: Duration? = nil) -> JobSchedule {
        JobSchedule(.every(interval, offset: offset))
    }

    /// Whenever a cron expression matches.
    public static func cron(_ pattern: String, timeZone: String = "UTC") -> JobSchedule {
        JobSchedule(.cron(pattern, timeZone: timeZone))
    }

    func validate(now: Timestamp) throws(BullMQError) {
        if case .every(let interval, let offset) = repetition {
            guard interval.milliseconds >= 1 else { throw BullMQError(.invalidOptions, "a scheduler's interval is at least a millisecond") }
            if let offset, offset < .zero || offset >= interval {
                throw BullMQError(.invalidOptions, "a scheduler's offset is at least zero and less than its interval")
            }
        }
        if let limit, limit < 1 { throw BullMQError(.invalidOptions, "a scheduler's limit is at least 1") }
        if let end, end <= now { throw BullMQError(.invalidOptions, "a scheduler's end must be in the future") }
        guard !isImmediate || start == nil else {
            throw BullMQError(.invalidOptions, "a scheduler cannot have both a start and begin immediately")
        }
    }

    /// The schedule as it is stored: with its time zone as the IANA database spells it.
    ///
    /// - Throws: ``BullMQError`` for a pattern or time zone that could not be continued, also when the first job runs at once.
    func normalized() throws(BullMQError) -> JobSchedule {
        guard case .cron(let pattern, let zoneName) = repetition else { return self }
        let cron = try CronSchedule(pattern, timeZone: zoneName)
        try cron.checkPortability()
        var copy = self
        copy.repetition = .cron(pattern, timeZone: cron.zoneName)
        return copy
    }

    /// The next job of a cron schedule, in milliseconds, never before `now`; nil when there is none, or when the interval is regular and the
    /// server decides.
    func next(after time: Timestamp, now: Timestamp) throws(BullMQError) -> Int64? {
        guard case .cron(let pattern, let zoneName) = repetition else { return nil }
        let schedule = try CronSchedule(pattern, timeZone: zoneName)
        guard let next = schedule.next(after: max(time, start ?? time)) else { return nil }
        if let end, next > end { return nil }
        return max(next.milliseconds, now.milliseconds)
    }
}
