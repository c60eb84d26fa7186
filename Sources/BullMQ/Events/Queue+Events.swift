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
    /// - Throws: ``JobFailed`` when it failed; ``BullMQError`` with ``BullMQError/Code/notFound`` when there is no such job, or it is removed
    ///   before it finishes; `CancellationError` when the task is cancelled.
    public func result(of id: String) async throws -> RawJSON {
        // Listening begins before the look, so that nothing falls in between.
        let events = try await events()
        switch try await outcome(of: id) {
        case .completed(let value): return value
        case .failed(let reason): throw JobFailed(jobID: id, reason: reason)
        case nil: break
        }
        for try await event in events where event.jobID == id {
            switch event.kind {
            case .completed(let value): return value
            case .failed(let reason): throw JobFailed(jobID: id, reason: reason)
            case .removed: throw BullMQError(.notFound, "Job \(id) was removed before it finished")
            default: continue
            }
        }
        throw CancellationError()
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
