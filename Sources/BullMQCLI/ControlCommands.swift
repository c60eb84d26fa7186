import ArgumentParser
import BullMQ
import JSON

struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Let no worker start a job until `resume`. Running jobs finish.")

    @OptionGroup var target: QueueOptions

    func run() async throws {
        try await target.withQueue { queue, _ in try await queue.pause() }
    }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "End a pause.")

    @OptionGroup var target: QueueOptions

    func run() async throws {
        try await target.withQueue { queue, _ in try await queue.resume() }
    }
}

/// Which jobs: some by their ids, or all.
struct JobSelection: ParsableArguments {
    @Argument(help: "Ids of jobs.") var ids: [String] = []
    @Flag(help: "All of them.") var all = false

    func validate() throws {
        if ids.isEmpty != all { throw ValidationError("Name the jobs by their ids, or say --all.") }
    }
}

struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Run finished jobs again.",
        discussion: """
            Examples:
              bullmq retry --queue mail 42 43 --reset-attempts
              bullmq retry --queue mail --all
            """)

    @OptionGroup var target: QueueOptions
    @OptionGroup var selection: JobSelection
    @Option(help: "Where they are: failed or completed.") var state = StateArgument(.failed)
    @Flag(help: "Give them all their attempts again (not with --all).") var resetAttempts = false

    func validate() throws {
        if state.state != .failed, state.state != .completed { throw ValidationError("Only failed and completed jobs can be retried.") }
        if resetAttempts, selection.all { throw ValidationError("--reset-attempts needs ids.") }
    }

    func run() async throws {
        try await target.withQueue { queue, _ in
            if selection.all { try await queue.retryAll(state.state) }
            for id in selection.ids {
                try await queue.retry(id, from: state.state, resetAttempts: resetAttempts)
                say(id)
            }
        }
    }
}

struct PromoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Make delayed jobs ready now.",
        discussion: """
            Examples:
              bullmq promote --queue mail 42
              bullmq promote --queue mail --all
            """)

    @OptionGroup var target: QueueOptions
    @OptionGroup var selection: JobSelection

    func run() async throws {
        try await target.withQueue { queue, _ in
            if selection.all { try await queue.promoteAll() }
            for id in selection.ids {
                try await queue.promote(id)
                say(id)
            }
        }
    }
}

struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove jobs in whatever state, with their children. Running ones are refused.",
        discussion: """
            Example:
              bullmq remove --queue mail 42 43
            """)

    @OptionGroup var target: QueueOptions
    @Argument(help: "Ids of jobs.") var ids: [String]

    func run() async throws {
        try await target.withQueue { queue, _ in
            for id in ids {
                guard try await queue.job(id) != nil else { throw BullMQError(.notFound, "There is no job \(id) in \(queue.name).") }
                try await queue.remove(id)
                say(id)
            }
        }
    }
}

struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Delete all jobs that are ready; running, finished and scheduled ones stay.")

    @OptionGroup var target: QueueOptions
    @Flag(help: "Delayed jobs as well.") var delayed = false

    func run() async throws {
        try await target.withQueue { queue, _ in try await queue.drain(includingDelayed: delayed) }
    }
}

struct CleanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Delete jobs of one state that are older than some time, and print their ids.",
        discussion: """
            Example:
              bullmq clean --queue mail --state completed --older-than 7d --limit 10000
            """)

    @OptionGroup var target: QueueOptions
    @Option(help: "wait, active, delayed, prioritized, completed or failed.") var state = StateArgument(.completed)
    @Option(help: "Age: 500ms, 30s, 5m, 2h, 7d.") var olderThan = DurationArgument(.zero)
    @Option(help: "How many at most; 0: all.") var limit = 0

    func validate() throws {
        if state.state == .waitingChildren { throw ValidationError("Jobs that wait for children cannot be cleaned.") }
        if limit < 0 { throw ValidationError("--limit is at least 0.") }
    }

    func run() async throws {
        let isJSON = target.json
        try await target.withQueue { queue, _ in
            let ids = try await queue.clean(state.state, olderThan: olderThan.duration, limit: limit)
            if isJSON {
                say(JSONValue.array(ids.map { .string($0) }).text())
            } else if !ids.isEmpty {
                say(ids.joined(separator: "\n"))
            }
        }
    }
}

struct ObliterateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "obliterate", abstract: "Delete the queue with everything in it. There is no way back.",
        discussion: """
            The queue is paused first. With running jobs it refuses, unless forced.

            Example:
              bullmq obliterate --queue mail --force
            """)

    @OptionGroup var target: QueueOptions
    @Flag(help: "Even while jobs run.") var force = false

    func run() async throws {
        try await target.withQueue { queue, _ in try await queue.obliterate(force: force) }
    }
}
