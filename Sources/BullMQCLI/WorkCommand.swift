import ArgumentParser
import BullMQ
import Foundation
import JSON
import Primitives
import Subprocess
import UnixSignals

struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work", abstract: "Run a shell command for each job, until SIGINT or SIGTERM.",
        discussion: """
            The command gets {"id","name","data","opts","attemptsMade",…} on standard input. What it writes to standard output is the job's \
            return value: as it is if that is JSON, else as a string. A status other than 0 fails the try, with its standard error as reason.
            """)

    /// What is kept of a command's standard output and standard error.
    private static let outputLimit = 16 << 20
    private static let errorLimit = 64 << 10

    @OptionGroup var target: QueueOptions
    @Option(help: "The command, run by /bin/sh -c.") var exec: String
    @Option(help: "How many jobs to run at once.") var concurrency = 1
    @Option(help: "The worker's name, shown in tools.") var name: String?
    @Option(help: "Seconds that running jobs get to finish at the end; the rest goes back to the queue.") var grace = 25

    func validate() throws {
        if concurrency < 1 { throw ValidationError("--concurrency is at least 1.") }
        if grace < 0 { throw ValidationError("--grace is at least 0.") }
    }

    func run() async throws {
        // A command that does not read its input must not end the worker.
        signal(SIGPIPE, SIG_IGN)
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let (command, options, grace) = (exec, WorkerOptions(concurrency: concurrency, name: name), Duration.seconds(grace))
        let (queueName, prefix) = (target.queue, target.prefix)
        try await target.withQueue { queue, logger in
            let worker = Worker(queueName, prefix: prefix, redis: queue.redis, options: options, logger: logger) { job, _ in
                try await Self.process(job, command)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await worker.run() }
                group.addTask {
                    for await _ in signals {
                        await worker.shutdown(within: grace)
                        return
                    }
                }
                try await group.next()
                group.cancelAll()
            }
        }
    }

    private static func process(_ job: Job, _ command: String) async throws -> JSONValue? {
        let input = try JobDescription(job).bytes()
        var platform = PlatformOptions()
        // A job that is given back must not go on running here.
        platform.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .seconds(2))]
        let result = try await Subprocess.run(
            .name("sh"), arguments: ["-c", command], platformOptions: platform, input: .inputWriter, output: .bytes(limit: outputLimit),
            error: .bytes(limit: errorLimit)
        ) { execution in
            // The command may end without having read everything, which is its own business.
            _ = try? await execution.standardInputWriter.write(input)
            try? await execution.standardInputWriter.finish()
        }
        guard result.terminationStatus.isSuccess else {
            let reason = String(decoding: result.standardError, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            throw CommandFailed(description: reason.isEmpty ? "command \(result.terminationStatus)" : reason)
        }
        let text = String(decoding: result.standardOutput, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return (try? JSONValue(parsing: text)) ?? .string(text)
    }
}

/// A job as the command sees it.
private struct JobDescription {
    private let object: JSONObject

    init(_ job: Job) throws {
        object = [
            "id": .string(job.id), "name": .string(job.name), "data": try job.json(), "opts": .object(job.options.object),
            "attemptsMade": .number(job.attemptsMade), "attemptsStarted": .number(job.attemptsStarted),
            "timestamp": .number(job.timestamp.milliseconds), "priority": .number(job.priority),
        ]
    }

    func bytes() -> [UInt8] { JSONValue.object(object).bytes() }
}

/// Its description becomes the job's failed reason.
struct CommandFailed: Error, CustomStringConvertible {
    let description: String
}
