import ArgumentParser
import BullMQ
import Foundation
import Logging
import RedisClient

/// What every verb needs to find its queue.
struct QueueOptions: ParsableArguments {
    @Option(help: "The queue's name.") var queue: String
    @Option(help: "Where Redis is; default: REDIS_URL, or redis://127.0.0.1:6379.") var redis: String?
    @Option(help: "First part of every key.") var prefix = "bull"
    @Flag(help: "Write machine-readable JSON.") var json = false

    func validate() throws {
        if queue.isEmpty || queue.contains(":") { throw ValidationError("A queue's name is not empty and has no colon.") }
    }

    /// Connects, runs `body`, and disconnects. What goes wrong is told on standard error, with an exit code of its own.
    func withQueue(_ body: @escaping @Sendable (Queue, Logger) async throws -> Void) async throws {
        var logger = Logger(label: "bullmq") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        let url = redis ?? ProcessInfo.processInfo.environment["REDIS_URL"] ?? "redis://127.0.0.1:6379"
        do {
            let client = try Redis(url: url, logger: logger, timeout: .seconds(5), connectTimeout: .seconds(3))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await client.run() }
                defer { group.cancelAll() }
                try await body(Queue(queue, prefix: prefix, redis: client), logger)
            }
        } catch let error as BullMQError {
            complain(error.message)
            throw error.code == .notFound ? ExitCode(2) : .failure
        } catch let error as RedisError {
            complain(error.message)
            if error.code == .invalidConfiguration { throw ExitCode.validationFailure }
            throw error.isConnectionTrouble || error.code == .authenticationFailed ? ExitCode(69) : .failure
        }
    }
}
