import ArgumentParser
import BullMQ
import JSON
import Primitives

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Why a job does not run.",
        discussion: """
            Examples:
              bullmq explain --queue mail 42
            """)

    @OptionGroup var target: QueueOptions
    @Argument(help: "The job's id.") var id: String

    func run() async throws {
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            let explanation = try await queue.explain(id)
            say(isJSON ? JSONValue.object(explanation.object).text() : explanation.sentence)
        }
    }
}

extension JobExplanation {
    /// One line for people.
    var sentence: String {
        func name(_ path: [String]) -> String { shown(GroupPath.text(path)) }
        switch self {
        case .finished(let state, let time): return "\(state.rawValue) at \(time.rfc3339)"
        case .active(let since, let worker, let token):
            let start = since.map { "active since \($0.rfc3339)" } ?? "active"
            guard let token else { return "\(start); its lock has run out, and it comes back as a stalled job" }
            return "\(start) on worker \(shown(worker ?? token))"
        case .delayed(let until): return "delayed until \(until.rfc3339)"
        case .waitingForChildren(let count, let keys):
            return "waiting for children: \(count)\(keys.isEmpty ? "" : ", " + keys.map { shown($0) }.joined(separator: ", "))"
        case .queuePaused: return "queue paused"
        case .queueAtItsConcurrency(let running, let limit): return "queue at its concurrency: \(running) of \(limit)"
        case .groupPaused(let path): return "group paused: \(name(path))"
        case .groupAtItsConcurrency(let path, let running, let limit, let ids):
            return
                "group at its concurrency: \(name(path)), \(running) of \(limit), held by \(ids.map { shown($0) }.joined(separator: ", "))"
        case .waitingForOrder(let path, let holder):
            return "waiting for the job before it in the ordered group \(name(path)): \(shown(holder))"
        case .rateLimited(let until, let path):
            return "rate limited until \(until.rfc3339)\(path.map { ", group \(name($0))" } ?? "")"
        case .waitingForItsTurn(let position, let groups, let speed):
            let pace = speed.map { ", its group starts \($0) jobs a second" } ?? ""
            return "waiting for its turn: \(position) before it in its group, \(groups) groups before its group\(pace)"
        case .noWorkerConnected: return "no worker connected"
        case .lost: return "in no state: something has taken it out and not put it back"
        }
    }

    /// For programs: `reason`, and what belongs to it.
    var object: JSONObject {
        func names(_ path: [String]) -> JSONValue { .array(path.map { .string($0) }) }
        func time(_ time: Timestamp) -> JSONValue { .number(time.milliseconds) }
        switch self {
        case .finished(let state, let at): return ["reason": "finished", "state": .string(state.rawValue), "at": time(at)]
        case .active(let since, let worker, let token):
            return [
                "reason": "active", "since": since.map(time) ?? .null, "worker": worker.map { .string($0) } ?? .null,
                "token": token.map { .string($0) } ?? .null,
            ]
        case .delayed(let until): return ["reason": "delayed", "until": time(until)]
        case .waitingForChildren(let count, let keys):
            return ["reason": "waitingForChildren", "count": .number(count), "children": names(keys)]
        case .queuePaused: return ["reason": "queuePaused"]
        case .queueAtItsConcurrency(let running, let limit):
            return ["reason": "queueAtItsConcurrency", "running": .number(running), "limit": .number(limit)]
        case .groupPaused(let path): return ["reason": "groupPaused", "group": names(path)]
        case .groupAtItsConcurrency(let path, let running, let limit, let ids):
            return [
                "reason": "groupAtItsConcurrency", "group": names(path), "running": .number(running), "limit": .number(limit),
                "heldBy": names(ids),
            ]
        case .waitingForOrder(let path, let holder):
            return ["reason": "waitingForOrder", "group": names(path), "heldBy": names([holder])]
        case .rateLimited(let until, let path):
            return ["reason": "rateLimited", "until": time(until), "group": path.map(names) ?? .null]
        case .waitingForItsTurn(let position, let groups, let speed):
            return [
                "reason": "waitingForItsTurn", "position": .number(position), "groupsBefore": .number(groups),
                "startsPerSecond": speed.map { .number($0) } ?? .null,
            ]
        case .noWorkerConnected: return ["reason": "noWorkerConnected"]
        case .lost: return ["reason": "lost"]
        }
    }
}
