import ArgumentParser
import BullMQ
import JSON
import Logging
import Primitives
import Synchronization

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "How fast this machine and this Redis add and run jobs that do nothing.",
        discussion: """
            The queue must be empty, and is deleted at the end. Adding and running are measured one after the other, in this process.

            Example:
              bullmq bench --queue bench-1 --jobs 100000 --concurrency 50
            """)

    @OptionGroup var target: QueueOptions
    @Option(help: "How many jobs.") var jobs = 10_000
    @Option(help: "How many jobs go in one call when they are added.") var batch = 500
    @Option(help: "How many jobs run at once.") var concurrency = 50

    func validate() throws {
        if jobs < 1 || batch < 1 || concurrency < 1 { throw ValidationError("--jobs, --batch and --concurrency are at least 1.") }
    }

    func run() async throws {
        let isJSON = target.json
        try await target.withQueue { queue, logger in
            guard try await queue.counts().values.allSatisfy({ $0 == 0 }) else {
                throw BullMQError(.invalidOptions, "The queue \(queue.name) is not empty; name another one.")
            }
            let added = try await add(to: queue)
            let run = try await work(queue, logger)
            try await queue.obliterate(force: true)
            if isJSON {
                say(
                    JSONValue.object([
                        "jobs": .number(jobs), "addedPerSecond": .number(added.rounded()), "processedPerSecond": .number(run.rounded()),
                    ]).text())
            } else {
                say("added      \(Int(added)) jobs/s, \(batch) a call")
                say("processed  \(Int(run)) jobs/s, \(concurrency) at once")
            }
        }
    }

    private func add(to queue: Queue) async throws -> Double {
        let start = ContinuousClock.now
        var left = jobs
        while left > 0 {
            let count = min(left, batch)
            try await queue.addBulk(Array(repeating: NewJob("bench", data: JSONValue.object([:])), count: count))
            left -= count
        }
        return Double(jobs) / ((ContinuousClock.now - start) / .seconds(1))
    }

    private func work(_ queue: Queue, _ logger: Logger) async throws -> Double {
        let done = Atomic(0)
        let options = WorkerOptions(concurrency: concurrency, removeOnComplete: JobRetention.none)
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (finished, continuation) = AsyncStream<Void>.makeStream()
            let jobs = jobs
            let worker = Worker(queue.name, prefix: queue.prefix, redis: queue.redis, options: options, logger: logger) { _, _ in
                if done.add(1, ordering: .relaxed).newValue == jobs { continuation.finish() }
                return nil
            }
            group.addTask { try await worker.run() }
            for await _ in finished {}
            // Its end is part of the measure: the last jobs count when the server knows of them.
            await worker.shutdown(within: .seconds(30))
            try await group.waitForAll()
        }
        return Double(jobs) / ((ContinuousClock.now - start) / .seconds(1))
    }
}
