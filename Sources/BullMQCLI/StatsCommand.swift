import ArgumentParser
import BullMQ
import Foundation
import JSON
import Primitives
import Synchronization

struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "The queue at a glance; with --watch, again and again.",
        discussion: """
            In a terminal --watch redraws in place; elsewhere each look is printed after the other. Rates are what the queue's events tell \
            since the look before.

            Examples:
              bullmq stats --queue mail --watch
              bullmq stats --queue mail --watch --interval 10s --json >> mail-stats.jsonl
              bullmq stats --queue mail --prometheus
            """)

    @OptionGroup var target: QueueOptions
    @Flag(help: "Look again and again until interrupted.") var watch = false
    @Option(help: "Time between looks.") var interval = DurationArgument(.seconds(1))
    @Option(help: "Stop after so many looks.") var times: Int?
    @Flag(help: "Write Prometheus' text format.") var prometheus = false

    func validate() throws {
        if interval.duration < .milliseconds(50) { throw ValidationError("--interval is at least 50ms.") }
        if times ?? 1 < 1 { throw ValidationError("--times is at least 1.") }
        if prometheus, watch { throw ValidationError("--prometheus looks once.") }
    }

    func run() async throws {
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            if prometheus {
                say(try await queue.prometheus())
            } else if watch {
                try await Self.watch(queue, every: interval.duration, times: times ?? .max, isJSON: isJSON)
            } else {
                say(try await Look(queue, rates: nil).text(isJSON: isJSON))
            }
        }
    }

    private static func watch(_ queue: Queue, every interval: Duration, times: Int, isJSON: Bool) async throws {
        let tally = Tally()
        let events = try await queue.events()
        let redraws = !isJSON && isatty(1) == 1
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await event in events { tally.count(event) }
            }
            defer { group.cancelAll() }
            var last = ContinuousClock.now
            for number in 0..<times {
                if number > 0 { try await Task.sleep(for: interval) }
                let now = ContinuousClock.now
                let look = try await Look(queue, rates: number == 0 ? nil : tally.rates(over: now - last))
                last = now
                // Home, and clear: the view stays where it is.
                let clear = redraws ? "\u{1B}[H\u{1B}[2J" : ""
                say(clear + look.text(isJSON: isJSON) + (redraws || isJSON ? "" : "\n"))
            }
        }
    }
}

/// What the events since the last look have told.
private final class Tally: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    func count(_ event: QueueEvent) {
        counts.withLock { $0[event.name, default: 0] += 1 }
    }

    /// Per second, and from now on anew.
    func rates(over time: Duration) -> [String: Double] {
        let taken = counts.withLock { counts in
            let taken = counts
            counts = [:]
            return taken
        }
        let seconds = max(0.001, time / .seconds(1))
        return taken.mapValues { Double($0) / seconds }
    }
}

/// One look at a queue.
private struct Look {
    private static let states: [JobState] = [
        .wait, .prioritized, .delayed, .waitingChildren, .active, .completed, .failed,
    ]
    private static let rated = ["added", "completed", "failed", "stalled"]

    let queue: Queue
    let counts: [JobState: Int]
    let isPaused: Bool
    let concurrency: Int?
    let workers: [ConnectedWorker]
    let schedulers: Int
    let groups: GroupCounts
    let rates: [String: Double]?

    init(_ queue: Queue, rates: [String: Double]?) async throws {
        self.queue = queue
        self.rates = rates
        counts = try await queue.counts()
        isPaused = try await queue.isPaused()
        concurrency = try await queue.globalConcurrency()
        workers = try await queue.workers()
        schedulers = try await queue.schedulerCount()
        groups = try await queue.groupCounts()
    }

    func text(isJSON: Bool) -> String {
        isJSON ? JSONValue.object(object).text() : lines.joined(separator: "\n")
    }

    private var object: JSONObject {
        var object: JSONObject = ["time": .number(Timestamp.now.milliseconds), "queue": .string(queue.name), "paused": .bool(isPaused)]
        for state in Self.states { object[state.rawValue] = .number(counts[state] ?? 0) }
        object["workers"] = .number(workers.count)
        object["schedulers"] = .number(schedulers)
        if groups.groups > 0 {
            object["groups"] = [
                "existing": .number(groups.groups), "runnable": .number(groups.runnable), "limited": .number(groups.rateLimited),
                "waiting": .number(groups.waiting), "active": .number(groups.active), "delayed": .number(groups.delayed),
            ]
        }
        if let rates {
            object["perSecond"] = .object(
                Self.rated.reduce(into: JSONObject()) { $0[$1] = .number(((rates[$1] ?? 0) * 10).rounded() / 10) })
        }
        return object
    }

    private var lines: [String] {
        let limit = concurrency.map { ", at most \($0) at once" } ?? ""
        var lines = ["\(queue.prefix):\(queue.name)  \(Timestamp.now.rfc3339)\(isPaused ? "  PAUSED" : "")\(limit)", ""]
        let most = max(1, Self.states.map { counts[$0] ?? 0 }.max() ?? 1)
        for state in Self.states {
            let count = counts[state] ?? 0
            let bar = String(repeating: "█", count: count == 0 ? 0 : max(1, count * 40 / most))
            lines.append("\(Self.padded(state.rawValue, 18))\(Self.aligned(String(count), 12))  \(bar)")
        }
        lines.append("")
        if let rates {
            lines.append("per second  " + Self.rated.map { "\($0) \(String(format: "%.1f", rates[$0] ?? 0))" }.joined(separator: "  "))
        }
        let names = workers.compactMap(\.name)
        lines.append("workers     \(workers.count)\(names.isEmpty ? "" : "  " + names.sorted().joined(separator: ", "))")
        lines.append("schedulers  \(schedulers)")
        if groups.groups > 0 {
            lines.append(
                "groups      \(groups.groups), \(groups.runnable) can start, \(groups.rateLimited) wait for their rate; jobs: "
                    + "\(groups.waiting) wait, \(groups.active) run, \(groups.delayed) delayed")
        }
        return lines
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func aligned(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
