import ArgumentParser
import BullMQ
import Foundation
import JSON
import Logging
import Primitives
import UnixSignals

struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work", abstract: "Run a shell command for each job, until SIGINT or SIGTERM.",
        discussion: """
            The command gets {"id","name","data","opts","attemptsMade",…} on standard input. What it writes to standard output is the job's \
            return value: as it is if that is JSON, else as a string. A status other than 0 fails the try, with its standard error as reason.

            The first signal lets running jobs finish within --grace; a second one, or the end of that time, sends the rest back to the \
            queue. A command that is stopped gets SIGTERM, and two seconds later SIGKILL, together with all that it has started.

            Examples:
              bullmq work --queue mail --exec 'jq -r .data.to | xargs ./send'
              bullmq work --queue video --exec ./encode.py --concurrency 2 --timeout 10m --name encoder-1
            """)

    @OptionGroup var target: QueueOptions
    @Option(help: "The command, run by /bin/sh -c.") var exec: String
    @Option(help: "How many jobs to run at once.") var concurrency = 1
    @Option(help: "How long a job may take before its command is stopped and the try fails: 500ms, 30s, 5m.") var timeout: DurationArgument?
    @Option(help: "The worker's name, shown in tools.") var name: String?
    @Option(help: "How long running jobs get to finish at the end.") var grace = DurationArgument(.seconds(25))
    @Option(help: "Keep the newest so many completed jobs; default: all.") var keepCompleted: Int?
    @Option(help: "Keep the newest so many failed jobs; default: all.") var keepFailed: Int?

    func validate() throws {
        if exec.allSatisfy(\.isWhitespace) { throw ValidationError("--exec names no command.") }
        if concurrency < 1 { throw ValidationError("--concurrency is at least 1.") }
        if let timeout, timeout.duration <= .zero { throw ValidationError("--timeout must be more than nothing.") }
        if keepCompleted ?? 0 < 0 || keepFailed ?? 0 < 0 { throw ValidationError("--keep-completed and --keep-failed are at least 0.") }
    }

    func run() async throws {
        // A command that does not read its input must not end the worker.
        signal(SIGPIPE, SIG_IGN)
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let options = WorkerOptions(
            concurrency: concurrency, name: name, timeout: timeout?.duration, metricsDataPoints: 1440,
            removeOnComplete: keepCompleted.map { .newest($0) } ?? .all, removeOnFail: keepFailed.map { .newest($0) } ?? .all)
        let (runner, grace) = (CommandRunner(command: exec), grace.duration)
        try await target.withQueue { queue, logger in
            // Whatever is wrong with the server shows now, and not as a worker that waits.
            _ = try await queue.isPaused()
            // What a worker lives through is told; a verb that answers at once just fails.
            var workerLogger = logger
            workerLogger.logLevel = .notice
            let worker = Worker(queue.name, prefix: queue.prefix, redis: queue.redis, options: options, logger: workerLogger) { job, _ in
                try await runner.run(JobDescription(job).text)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await worker.run() }
                group.addTask {
                    await withDiscardingTaskGroup { shutdowns in
                        var isFirst = true
                        for await _ in signals {
                            let time = isFirst ? grace : .zero
                            isFirst = false
                            shutdowns.addTask { await worker.shutdown(within: time) }
                        }
                    }
                }
                try await group.next()
                group.cancelAll()
            }
        }
    }
}
