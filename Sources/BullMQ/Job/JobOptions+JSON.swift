public import JSON
import Primitives

// Six long names are shortened on the wire; the rest is stored as it is called. Readers accept both.
extension JobOptions {
    private static let shortNames = [
        "deduplication": "de", "failParentOnFailure": "fpof", "continueParentOnFailure": "cpof", "ignoreDependencyOnFailure": "idof",
        "removeDependencyOnFailure": "rdof", "keepLogs": "kl",
    ]

    /// Reads options as stored in a job, or as a user writes them. What cannot be understood keeps its default.
    public init(_ object: JSONObject) {
        self.init()
        for (key, value) in object {
            switch key {
            case "jobId": id = value.string ?? value.int.map { String($0) }
            case "delay": delay = .milliseconds(value.int ?? 0)
            case "attempts": attempts = value.int ?? 0
            case "backoff": backoff = JobBackoff(value)
            case "priority": priority = value.int ?? 0
            case "lifo": lifo = value.bool ?? false
            case "removeOnComplete": removeOnComplete = JobRetention(value)
            case "removeOnFail": removeOnFail = JobRetention(value)
            case "stackTraceLimit": stackTraceLimit = value.int
            case "kl", "keepLogs": keepLogs = value.int
            case "sizeLimit": sizeLimit = value.int
            case "timestamp": timestamp = value.int.map { Timestamp(milliseconds: Int64($0)) }
            default: other[Self.shortNames[key] ?? key] = value
            }
        }
    }

    /// The options as stored in a job. `attempts` and `delay` are always there, as the other clients write them.
    public var object: JSONObject {
        var object = other
        if let id, !id.isEmpty { object["jobId"] = .string(id) }
        if let backoff { object["backoff"] = .object(backoff.object) }
        if priority != 0 { object["priority"] = .number(priority) }
        if lifo { object["lifo"] = true }
        object["removeOnComplete"] = removeOnComplete?.json
        object["removeOnFail"] = removeOnFail?.json
        if let stackTraceLimit { object["stackTraceLimit"] = .number(stackTraceLimit) }
        if let keepLogs { object["kl"] = .number(keepLogs) }
        if let sizeLimit { object["sizeLimit"] = .number(sizeLimit) }
        if let timestamp { object["timestamp"] = .number(timestamp.milliseconds) }
        object["delay"] = .number(delay.milliseconds)
        object["attempts"] = .number(attempts)
        return object
    }
}

extension JobBackoff {
    /// A bare number means a fixed wait of that many milliseconds.
    init?(_ value: JSONValue) {
        if let milliseconds = value.int {
            self.init(type: "fixed", delay: .milliseconds(milliseconds))
        } else if let type = value["type"]?.string {
            self.init(type: type, delay: .milliseconds(value["delay"]?.int ?? 0), jitter: value["jitter"]?.double)
        } else {
            return nil
        }
    }

    var object: JSONObject {
        var object: JSONObject = ["type": .string(type), "delay": .number(delay.milliseconds)]
        if let jitter { object["jitter"] = .number(jitter) }
        return object
    }
}

extension JobRetention {
    init?(_ value: JSONValue) {
        switch value {
        case .bool(let remove): self = remove ? .none : .all
        case .number: self = .newest(value.int ?? 0)
        case .object(let object):
            self = .within(
                count: object["count"]?.int, age: object["age"]?.double.map { .seconds($0) }, limit: object["limit"]?.int)
        case .null, .string, .array: return nil
        }
    }

    var json: JSONValue {
        switch self {
        case .all: return false
        case .none: return true
        case .newest(let count): return .number(count)
        case .within(let count, let age, let limit):
            var object = JSONObject()
            if let count { object["count"] = .number(count) }
            if let age { object["age"] = .number(age.components.seconds) }
            if let limit { object["limit"] = .number(limit) }
            return .object(object)
        }
    }
}
