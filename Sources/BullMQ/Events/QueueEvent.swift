public import JSON
public import Primitives
import RedisClient

/// Something that happened in a queue, whoever did it.
public struct QueueEvent: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case added(name: String)
        /// Ready to run. `from` is the state it comes from; nil when it was just added.
        case waiting(from: String?)
        case delayed(until: Timestamp)
        case waitingChildren(from: String?)
        case active
        case progress(RawJSON)
        case completed(returnValue: RawJSON)
        /// For good; a try that is followed by another one is told by `waiting` or `delayed` alone.
        case failed(reason: String)
        /// After `failed`, when the reason is that no attempts are left.
        case retriesExhausted(attemptsMade: Int)
        /// Its worker vanished, and it went back to the queue.
        case stalled
        case removed(from: String)
        /// A job with its id was added, and left out.
        case duplicated
        /// A job with its deduplication id was added; of the two, `dropped` is the one that is no more.
        case deduplicated(id: String, dropped: String)
        /// Nothing is left to do.
        case drained
        case paused
        case resumed
        case cleaned(count: Int)
        /// Not one of BullMQ's own: see ``Queue/publish(_:fields:)``.
        case custom(name: String, fields: [String: String])
    }

    /// Its place in the stream of events, `<milliseconds>-<n>`: events after it are had by ``Queue/events(after:)``.
    public let id: String
    /// The job it is about; nil for those of the queue.
    public let jobID: String?
    public let kind: Kind

    /// When Redis recorded it.
    public var timestamp: Timestamp {
        Timestamp(milliseconds: id.split(separator: "-").first.flatMap { Int64($0) } ?? 0)
    }
}

extension QueueEvent {
    /// The name of the event on the wire.
    public var name: String {
        switch kind {
        case .added: "added"
        case .waiting: "waiting"
        case .delayed: "delayed"
        case .waitingChildren: "waiting-children"
        case .active: "active"
        case .progress: "progress"
        case .completed: "completed"
        case .failed: "failed"
        case .retriesExhausted: "retries-exhausted"
        case .stalled: "stalled"
        case .removed: "removed"
        case .duplicated: "duplicated"
        case .deduplicated: "deduplicated"
        case .drained: "drained"
        case .paused: "paused"
        case .resumed: "resumed"
        case .cleaned: "cleaned"
        case .custom(let name, _): name
        }
    }

    /// Reads an entry of the stream. Nil when it is no event.
    init?(id: String, entry: RedisValue) {
        let fields = JobFields(entry)
        guard let name = fields.text("event") else { return nil }
        self.id = id
        let jobID = fields.text("jobId")
        self.jobID = jobID
        kind = Self.kind(name, fields) ?? .custom(name: name, fields: Self.texts(entry))
    }

    private static func kind(_ name: String, _ fields: JobFields) -> Kind? {
        switch name {
        case "added": return .added(name: fields.text("name") ?? "")
        case "waiting": return .waiting(from: fields.text("prev"))
        case "delayed": return fields.time("delay").map { .delayed(until: $0) }
        case "waiting-children": return .waitingChildren(from: fields.text("prev"))
        case "active": return .active
        case "progress": return .progress(json(fields["data"]))
        case "completed": return .completed(returnValue: json(fields["returnvalue"]))
        case "failed": return .failed(reason: fields.text("failedReason") ?? "")
        case "retries-exhausted": return .retriesExhausted(attemptsMade: fields.int("attemptsMade") ?? 0)
        case "stalled": return .stalled
        case "removed": return .removed(from: fields.text("prev") ?? "")
        case "duplicated": return .duplicated
        case "deduplicated":
            return .deduplicated(id: fields.text("deduplicationId") ?? "", dropped: fields.text("deduplicatedJobId") ?? "")
        case "drained": return .drained
        case "paused": return .paused
        case "resumed": return .resumed
        case "cleaned": return .cleaned(count: fields.int("count") ?? 0)
        default: return nil
        }
    }

    private static func texts(_ entry: RedisValue) -> [String: String] {
        var texts: [String: String] = [:]
        for pair in entry.map ?? [] where pair.key.string != "event" { texts[pair.key.string ?? ""] = pair.value.string ?? "" }
        return texts
    }

    /// Other clients may have written what is no JSON.
    private static func json(_ bytes: [UInt8]?) -> RawJSON {
        guard let bytes else { return RawJSON(.null) }
        return (try? RawJSON(validating: bytes)) ?? RawJSON(.string(String(decoding: bytes, as: UTF8.self)))
    }
}
