public import Primitives
import RedisClient

/// Why a job does not run, or that it does.
public enum JobExplanation: Sendable, Hashable {
    case finished(JobState, at: Timestamp)
    /// Since when, on which worker (nil: it has no name), and the token of its lock (nil: its worker has vanished).
    case active(since: Timestamp?, worker: String?, token: String?)
    case delayed(until: Timestamp)
    /// How many children have not finished, and the keys of up to 20 of them.
    case waitingForChildren(count: Int, keys: [String])
    case queuePaused
    /// As many jobs of the queue run as may.
    case queueAtItsConcurrency(running: Int, limit: Int)
    case groupPaused([String])
    /// A group on the job's path runs as many jobs as it may: how many, and the ids of up to 20.
    case groupAtItsConcurrency([String], running: Int, limit: Int, heldBy: [String])
    /// The job's group is ordered, and this job of it has not ended.
    case waitingForOrder([String], heldBy: String)
    /// Of a group on the job's path; nil: of the queue.
    case rateLimited(until: Timestamp, group: [String]?)
    /// Nothing is in its way: how many jobs of its group come before it, how many groups' turns come before its group's, and how many jobs of its
    /// group started per second lately, nil for a job without a group.
    case waitingForItsTurn(position: Int, groupsBefore: Int, startsPerSecond: Double?)
    /// Nothing is in its way but that nobody works. Workers of the Python client do not tell which queue is theirs.
    case noWorkerConnected
    /// It is in no state: something has taken it out and not put it back.
    case lost
}

extension JobExplanation {
    /// Reads the reply of ``Scripts/explain``. Nil: there is no such job.
    init?(reply: RedisValue) {
        let words = (reply.array ?? []).map { $0.string ?? "" }
        func number(_ index: Int) -> Int { index < words.count ? Int(words[index]) ?? 0 : 0 }
        func time(_ index: Int) -> Timestamp { Timestamp(milliseconds: Int64(number(index))) }
        func word(_ index: Int) -> String? { index < words.count && !words[index].isEmpty ? words[index] : nil }
        func path(_ index: Int) -> [String] { JobGroup.path(encoded: word(index) ?? "") }
        switch words.first {
        case "finished": self = .finished(JobState(rawValue: word(1) ?? "") ?? .completed, at: time(2))
        case "active": self = .active(since: word(1) == nil ? nil : time(1), worker: word(2), token: word(3))
        case "delayed": self = .delayed(until: time(1))
        case "children": self = .waitingForChildren(count: number(1), keys: Array(words.dropFirst(2)))
        case "queue paused": self = .queuePaused
        case "queue full": self = .queueAtItsConcurrency(running: number(1), limit: number(2))
        case "group paused": self = .groupPaused(path(1))
        case "group full":
            self = .groupAtItsConcurrency(path(1), running: number(2), limit: number(3), heldBy: Array(words.dropFirst(4)))
        case "order": self = .waitingForOrder(path(1), heldBy: word(2) ?? "")
        case "rate limited": self = .rateLimited(until: time(1), group: word(2) == nil ? nil : path(2))
        case "turn":
            self = .waitingForItsTurn(position: number(1), groupsBefore: number(2), startsPerSecond: word(3).flatMap { Double($0) })
        case "unknown": self = .lost
        default: return nil
        }
    }
}

extension Queue {
    /// Why a job does not run: what stands in its way first, looked up in one step.
    /// - Throws: ``BullMQError`` with ``BullMQError/Code/notFound`` when there is none.
    public func explain(_ id: String) async throws -> JobExplanation {
        let reply = try await run(Scripts.explain, [RedisArgument(id), RedisArgument(Timestamp.now.milliseconds)])
        guard let explanation = JobExplanation(reply: reply) else {
            throw BullMQError(code: -1, job: keys.key(id), command: "explain")
        }
        // What runs has a worker, also one that does not tell its queue.
        if case .waitingForItsTurn = explanation, reply.array?.last?.string == "0", try await workers().isEmpty {
            return .noWorkerConnected
        }
        return explanation
    }
}
