public import JSON
import Primitives
import RedisClient

extension Queue {
    /// The events from now on: of everything that happens after this call, whether or not somebody iterates yet.
    ///
    ///     for try await event in try await queue.events() {
    ///         if case .failed(let reason) = event.kind { alert(event.jobID, reason) }
    ///     }
    public func events() async throws -> QueueEvents {
        let last = try await send([RedisCommand("XREVRANGE", RedisArgument(keys.key("events")), "+", "-", "COUNT", 1)])[0]
        return events(after: last.array?.first?.array?.first?.string ?? "0")
    }

    /// The events after the one with that ``QueueEvent/id``, as far as Redis still has them; "0": all.
    public func events(after id: String) -> QueueEvents {
        QueueEvents(queue: self, position: id)
    }

    /// Tells an event of one's own to all who listen to this queue's.
    ///
    /// - Parameter name: must not be one of BullMQ's.
    public func publish(_ name: String, fields: [String: String] = [:]) async throws {
        var arguments: [RedisArgument] = [
            RedisArgument(keys.key("events")), "MAXLEN", "~", "1000", "*", "event", RedisArgument(name),
        ]
        for (field, value) in fields.sorted(by: { $0.key < $1.key }) { arguments += [RedisArgument(field), RedisArgument(value)] }
        _ = try await send([RedisCommand("XADD", arguments: arguments)])
    }

    /// Waits until a job has completed or failed for good.
    ///
    /// - Returns: what its processor answered, JSON.
    /// - Throws: ``JobFailed`` when it failed; ``BullMQError`` with ``BullMQError/Code/notFound`` when there is no such job, nor an
    ///   event of its end among those that Redis keeps, or when it is removed before it finishes; `CancellationError` when the task is cancelled.
    public func result(of id: String) async throws -> RawJSON {
        // Listening begins before the look, so that nothing falls in between.
        let events = try await events()
        do {
            if let outcome = try await outcome(of: id) { return try outcome.value(of: id) }
        } catch let missing as BullMQError where missing.code == .notFound {
            // It may have finished already, and been deleted at once: its events are still there.
            let last = try await pastEvents(after: "0").last { $0.jobID == id && $0.isEnd }
            guard let outcome = last?.outcome else { throw missing }
            return try outcome.value(of: id)
        }
        for try await event in events where event.jobID == id {
            if let outcome = event.outcome { return try outcome.value(of: id) }
            if event.isEnd { throw BullMQError(.notFound, "Job \(id) was removed before it finished") }
        }
        throw CancellationError()
    }
}

extension QueueEvent {
    fileprivate var isEnd: Bool {
        if case .removed = kind { true } else { outcome != nil }
    }

    fileprivate var outcome: JobOutcome? {
        switch kind {
        case .completed(let value): .completed(value)
        case .failed(let reason): .failed(reason: reason)
        default: nil
        }
    }
}

extension JobOutcome {
    fileprivate func value(of id: String) throws(JobFailed) -> RawJSON {
        switch self {
        case .completed(let value): return value
        case .failed(let reason): throw JobFailed(jobID: id, reason: reason)
        }
    }
}

/// A job that somebody waited for has failed for good.
public struct JobFailed: Error, Sendable, Hashable, CustomStringConvertible {
    public let jobID: String
    public let reason: String

    public var description: String { "Job \(jobID) failed: \(reason)" }
}

extension Queue {
    /// The events that Redis has after the one with that id, oldest first; "0": all, about ten thousand.
    public func pastEvents(after id: String) async throws -> [QueueEvent] {
        var events: [QueueEvent] = []
        var position = id
        while true {
            let reply = try await send([
                RedisCommand("XREAD", "COUNT", 1000, "STREAMS", RedisArgument(keys.key("events")), RedisArgument(position))
            ])[0]
            let entries = EventReader.entries(reply)
            guard let last = entries.last else { return events }
            events += entries.compactMap { QueueEvent(id: $0.id, entry: $0.fields) }
            position = last.id
        }
    }
}
