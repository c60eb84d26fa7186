import JSON
public import Primitives
import RedisClient

/// The pending job that an upsert made.
public struct ScheduledJob: Sendable, Hashable {
    /// `repeat:<scheduler>:<milliseconds>`
    public let id: String
    /// How long until it is due.
    public let delay: Duration
    /// When it is due.
    public let due: Timestamp
}

// A scheduler makes a job, and when a worker starts it, the next one: if no worker runs, nothing piles up, and times that passed are left
// out. Two upserts with one id are one scheduler.
extension Queue {
    /// Creates a job scheduler, or changes it: schedule, template and count begin anew. Its pending job is replaced unless it runs.
    ///
    /// An interval that did not change keeps its pace; another one begins at once.
    /// - Returns: the next job; nil when the schedule has none, because of its end.
    /// - Throws: ``BullMQError`` with ``BullMQError/Code/invalidOptions`` for a schedule or template that cannot be, and with
    ///   ``BullMQError/Code/wrongState`` when the next time has a job that has begun already.
    @discardableResult
    public func upsertScheduler(
        _ id: String, _ schedule: JobSchedule, template: JobTemplate = JobTemplate()
    ) async throws -> ScheduledJob? {
        let now = Timestamp.now
        guard !id.isEmpty else { throw BullMQError(.invalidOptions, "a scheduler's id is not empty") }
        try schedule.validate(now: now)
        let schedule = try schedule.normalized()
        try template.validate(scheduler: id)
        let next = schedule.isImmediate ? now.milliseconds : try schedule.next(after: now, now: now)
        var (every, offset, pattern, zone): (RedisArgument, RedisArgument, RedisArgument, RedisArgument) = ("", "", "", "")
        switch schedule.repetition {
        case .every(let interval, let within):
            every = RedisArgument(interval.milliseconds)
            offset = within.map { RedisArgument($0.milliseconds) } ?? ""
        case .cron(let text, let name):
            guard next != nil else { return nil }
            (pattern, zone) = (RedisArgument(text), RedisArgument(name))
        }
        let options = ScheduledOptions(scheduler: id, options: template.options, repetition: schedule.repetitionOption(count: 1))
        let arguments: [RedisArgument] =
            [
                RedisArgument(id), RedisArgument(now.milliseconds), every, pattern, zone, schedule.limit.map { RedisArgument($0) } ?? "",
                schedule.start.map { RedisArgument($0.milliseconds) } ?? "", schedule.end.map { RedisArgument($0.milliseconds) } ?? "",
                offset, every == "" ? next.map { RedisArgument($0) } ?? "" : "", RedisArgument(template.name ?? id),
                RedisArgument(template.data.bytes), template.storedOptions,
            ] + options.arguments
        let reply = try await run(Scripts.upsertScheduler, arguments)
        if let code = reply.int {
            let reason = code == -10 ? "job ID already exists" : "current and next time slots already have jobs"
            throw BullMQError(.wrongState, "Cannot create job scheduler iteration - \(reason). \(id)")
        }
        guard let items = reply.array, items.count == 2, let job = items[0].string, let delay = items[1].int else {
            throw BullMQError(.unexpectedReply, "a scheduler's upsert gave no job")
        }
        return ScheduledJob(id: job, delay: .milliseconds(delay), due: now.roundedToMilliseconds + .milliseconds(delay))
    }

    /// The scheduler, or nil when there is none with that id.
    public func scheduler(_ id: String) async throws -> JobScheduler? {
        let replies = try await send([
            RedisCommand("ZSCORE", RedisArgument(keys.key("repeat")), RedisArgument(id)),
            RedisCommand("HGETALL", RedisArgument(keys.key("repeat:\(id)"))),
        ])
        guard let next = replies[0].double else { return nil }
        return JobScheduler(id: id, next: Timestamp(milliseconds: Int64(next)), fields: JobFields(replies[1]))
    }

    /// A range of the schedulers, by place; negative places count from the end. The one due first comes first, unless `latestFirst`.
    public func schedulers(from first: Int = 0, to last: Int = -1, latestFirst: Bool = false) async throws -> [JobScheduler] {
        let command = RedisCommand(
            latestFirst ? "ZREVRANGE" : "ZRANGE", RedisArgument(keys.key("repeat")), RedisArgument(first), RedisArgument(last), "WITHSCORES"
        )
        let entries = try RedisScores(reply: try await send([command])[0]).entries.compactMap { entry in
            entry.member.string.map { (id: $0, next: Timestamp(milliseconds: Int64(entry.score))) }
        }
        let records = try await send(entries.map { RedisCommand("HGETALL", RedisArgument(keys.key("repeat:\($0.id)"))) })
        return zip(entries, records).map { JobScheduler(id: $0.id, next: $0.next, fields: JobFields($1)) }
    }

    /// How many job schedulers the queue has.
    public func schedulerCount() async throws -> Int {
        try await send([RedisCommand("ZCARD", RedisArgument(keys.key("repeat")))])[0].int ?? 0
    }

    /// Removes a scheduler and its pending job, unless that is no longer delayed.
    /// - Returns: false when there is none with that id.
    @discardableResult
    public func removeScheduler(_ id: String) async throws -> Bool {
        try await run(Scripts.removeScheduler, [RedisArgument(id)]).int == 1
    }
}

extension JobTemplate {
    /// The options as the scheduler's record has them; "" when there are none.
    fileprivate var storedOptions: RedisArgument {
        var object = options.object
        object["delay"] = nil
        if options.attempts == 0 { object["attempts"] = nil }
        return object.isEmpty ? "" : RedisArgument(JSONValue.object(object).bytes())
    }
}
