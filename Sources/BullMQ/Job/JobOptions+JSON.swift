public import JSON
import Primitives

// Six long names are shortened on the wire; the rest is stored as it is called. Readers accept both.
extension JobOptions {
    /// Reads options as stored in a job, or as a user writes them. What cannot be understood keeps its default.
    public init(_ object: JSONObject) {
        self.init()
        for (key, value) in object {
            switch key {
            case "jobId": id = value.string ?? value.int.map { String($0) }
            case "delay": delay = .milliseconds(value.int ?? 0)
            case "attempts": attempts = value.int ?? 0
            case "backoff": backoff = JobBackoff(value)
            case "priority": setPriority(value)
            case "lifo": lifo = value.bool ?? false
            case "removeOnComplete": removeOnComplete = JobRetention(value)
            case "removeOnFail": removeOnFail = JobRetention(value)
            case "stackTraceLimit": stackTraceLimit = value.int
            case "kl", "keepLogs": keepLogs = value.int
            case "sizeLimit": sizeLimit = value.int
            case "timestamp": timestamp = value.int.map { Timestamp(milliseconds: Int64($0)) }
            case "de", "deduplication": deduplication = JobDeduplication(value)
            case "parent": parent = JobParent(value)
            case "group":
                group = JobGroup(value)
                if group == nil { other[key] = value }
            case "tm": telemetry = JobTelemetry(metadata: value.string, omitsContext: telemetry?.omitsContext ?? false)
            case "omc": telemetry = JobTelemetry(metadata: telemetry?.metadata, omitsContext: value.bool ?? false)
            case "telemetry":
                telemetry = JobTelemetry(metadata: value["metadata"]?.string, omitsContext: value["omitContext"]?.bool ?? false)
            default: readPolicy(key, value)
            }
        }
    }

    /// A fraction is kept as a number no client accepts, so that adding refuses it.
    private mutating func setPriority(_ value: JSONValue) {
        priority = value.int ?? (value.number == nil ? 0 : -1)
    }

    private mutating func readPolicy(_ key: String, _ value: JSONValue) {
        guard let policy = ChildFailurePolicy.allCases.first(where: { $0.rawValue == key || $0.longName == key }) else {
            other[key] = value
            return
        }
        guard value.bool == true else { return }
        if onFailure == nil {
            onFailure = policy
        } else {
            other[policy.rawValue] = true
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
        if let deduplication { object["de"] = .object(deduplication.object) }
        if let parent { object["parent"] = ["id": .string(parent.id), "queue": .string(parent.queue)] }
        if let onFailure { object[onFailure.rawValue] = true }
        if let group { object["group"] = group.json }
        if let metadata = telemetry?.metadata { object["tm"] = .string(metadata) }
        if telemetry?.omitsContext == true { object["omc"] = true }
        object["delay"] = .number(delay.milliseconds)
        object["attempts"] = .number(attempts)
        return object
    }

    /// True for options as they are by default, by far the most frequent.
    private var isDefault: Bool { self == JobOptions() }

    /// ``object`` as text.
    func bytes() -> [UInt8] {
        isDefault ? Self.defaultBytes : JSONValue.object(object).bytes()
    }

    private static let defaultBytes = Array(#"{"delay":0,"attempts":0}"#.utf8)

    /// Options as stored in a job; those that cannot be read are as by default.
    init(stored bytes: [UInt8]?) {
        guard let bytes, bytes != Self.defaultBytes, let object = (try? JSONValue(parsing: bytes))?.object else {
            self.init()
            return
        }
        self.init(object)
    }
}

extension JobDeduplication {
    init?(_ value: JSONValue) {
        guard let object = value.object else { return nil }
        self.init(
            id: object["id"]?.string ?? object["id"]?.int.map { String($0) } ?? "",
            ttl: object["ttl"]?.int.flatMap { $0 > 0 ? .milliseconds($0) : nil }, extend: object["extend"]?.bool ?? false,
            replace: object["replace"]?.bool ?? false, keepLastIfActive: object["keepLastIfActive"]?.bool ?? false)
    }

    var object: JSONObject {
        var object: JSONObject = ["id": .string(id)]
        if let ttl { object["ttl"] = .number(ttl.milliseconds) }
        if extend { object["extend"] = true }
        if replace { object["replace"] = true }
        if keepLastIfActive { object["keepLastIfActive"] = true }
        return object
    }
}

extension JobParent {
    init?(_ value: JSONValue) {
        guard let id = value["id"]?.string, let queue = value["queue"]?.string else { return nil }
        self.init(id: id, queue: queue)
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
        case .number:
            guard let count = value.int else { return nil }
            self = .newest(count)
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
