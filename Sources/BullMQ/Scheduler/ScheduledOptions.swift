import JSON
import Primitives
import RedisClient

/// The options of a scheduler's jobs, in the parts from which the scripts put them together: they alone know the slot.
struct ScheduledOptions {
    private let members: String
    private let repetition: String
    private let idText: String
    private let priority: Int
    private let side: RedisArgument

    init(scheduler id: String, options: JobOptions, repetition: JSONObject) {
        var object = options.object
        for key in ["repeat", "jobId", "delay", "timestamp", "prevMillis", "repeatJobKey"] { object[key] = nil }
        if options.attempts == 0 { object["attempts"] = nil }
        members = Self.members(object).map { $0 + "," } ?? ""
        self.repetition = Self.members(repetition) ?? ""
        idText = String(JSONValue.string(id).text().dropFirst().dropLast())
        priority = options.priority
        side = options.lifo ? "RPUSH" : "LPUSH"
    }

    var arguments: [RedisArgument] {
        [RedisArgument(members), RedisArgument(repetition), RedisArgument(idText), RedisArgument(priority), side]
    }

    /// An object's JSON without its braces; nil when it is empty.
    private static func members(_ object: JSONObject) -> String? {
        object.isEmpty ? nil : String(JSONValue.object(object).text().dropFirst().dropLast())
    }
}

extension JobSchedule {
    /// The `repeat` option of a job.
    func repetitionOption(count: Int) -> JSONObject {
        var object = JSONObject()
        switch repetition {
        case .every(let interval, let offset):
            object["every"] = .number(interval.milliseconds)
            if let offset, offset > .zero { object["offset"] = .number(offset.milliseconds) }
        case .cron(let pattern, let zone):
            object["pattern"] = .string(pattern)
            object["tz"] = .string(zone)
        }
        if let limit { object["limit"] = .number(limit) }
        if let start { object["startDate"] = .number(start.milliseconds) }
        if let end { object["endDate"] = .number(end.milliseconds) }
        object["count"] = .number(count)
        return object
    }

    /// Reads a job's `repeat` option, or a scheduler's record. Nil when it repeats in no way.
    init?(_ option: JSONObject) {
        let repetition: Repetition
        if let every = option["every"]?.int, every > 0 {
            let offset = option["offset"]?.int.flatMap { $0 > 0 ? $0 : nil }
            repetition = .every(.milliseconds(every), offset: offset.map { .milliseconds($0) })
        } else if let pattern = option["pattern"]?.string {
            // The clients disagree on what no time zone means.
            repetition = .cron(pattern, timeZone: option["tz"]?.string ?? "UTC")
        } else {
            return nil
        }
        self.init(repetition, limit: option["limit"]?.int, start: Self.time(option["startDate"]), end: Self.time(option["endDate"]))
    }

    private static func time(_ value: JSONValue?) -> Timestamp? {
        value?.int.map { Timestamp(milliseconds: Int64($0)) } ?? value?.string.flatMap { Timestamp(rfc3339: $0) }
    }
}
