import ArgumentParser
import BullMQ
import JSON
import Primitives

struct CountsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "counts", abstract: "How many jobs are in each state.",
        discussion: """
            Example:
              bullmq counts --queue mail --json | jq .failed
            """)

    @OptionGroup var target: QueueOptions

    func run() async throws {
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            let counts = try await queue.counts()
            var object = JSONObject()
            for state in JobState.allCases { object[state.rawValue] = .number(counts[state] ?? 0) }
            if isJSON {
                say(JSONValue.object(object).text())
            } else {
                for (state, count) in object { say("\(state): \(count)") }
            }
        }
    }
}

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The jobs of a state, in the order they run; finished ones newest first.",
        discussion: """
            Examples:
              bullmq list --queue mail --state failed
              bullmq list --queue mail --state wait --from 0 --to 999 --json | jq -r .id
            """)

    @OptionGroup var target: QueueOptions
    @Option(help: "wait, active, delayed, prioritized, waiting-children, completed, failed or paused.") var state = StateArgument(.wait)
    @Option(parsing: .unconditional, help: "Place of the first job, from 0; negative: from the end.") var from = 0
    @Option(parsing: .unconditional, help: "Place of the last job; -1: the very last.") var to = 49

    func run() async throws {
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            let jobs = try await queue.jobs(in: state.state, from: from, to: to)
            for job in jobs { say(isJSON ? JobDescription(job).text : shown(Self.line(job))) }
        }
    }

    private static func line(_ job: Job) -> String {
        let data = job.data.text
        var parts = [job.timestamp.rfc3339, job.id, job.name, "attempts \(job.attemptsMade)/\(max(1, job.options.attempts))"]
        if let reason = job.failedReason { parts.append("failed: \(reason.prefix(100))") }
        parts.append(data.count > 100 ? data.prefix(99) + "…" : data)
        return parts.joined(separator: "  ")
    }
}

struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Everything about one job.",
        discussion: """
            Examples:
              bullmq get --queue mail 42
              bullmq get --queue mail 42 --json | jq .failedReason
            """)

    @OptionGroup var target: QueueOptions
    @Argument(help: "The job's id.") var id: String

    func run() async throws {
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            // The state first: a job that is shown as completed has its return value then.
            let state = try await queue.state(of: id)
            guard let job = try await queue.job(id) else { throw BullMQError(.notFound, "There is no job \(id) in \(queue.name).") }
            var object = JobDescription(job).object
            object["state"] = .string(orNull: state?.rawValue)
            if isJSON {
                say(JSONValue.object(object).text())
            } else {
                for (name, value) in object { say("\(name): \(shown(value.string ?? value.text()))") }
            }
        }
    }
}

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "What a job's processors have logged, oldest row first.",
        discussion: """
            Example:
              bullmq logs --queue mail 42
            """)

    @OptionGroup var target: QueueOptions
    @Argument(help: "The job's id.") var id: String

    func run() async throws {
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            let rows = try await queue.logs(of: id)
            if rows.isEmpty, try await queue.job(id) == nil { throw BullMQError(.notFound, "There is no job \(id) in \(queue.name).") }
            if isJSON {
                say(JSONValue.array(rows.map { .string($0) }).text())
            } else {
                for row in rows { say(shown(row, isBlock: true)) }
            }
        }
    }
}
