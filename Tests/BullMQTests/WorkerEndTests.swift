import JSON
import RedisClient
import RedisTestSupport
import Testing

@testable import BullMQ

/// What happens when the worker is taken away.
@Suite(.timeLimit(.minutes(10))) struct WorkerEndTests {
    @Test func shutdownWaitsForWhatRuns() async throws {
        try await withQueue { queue in
            try await queue.addBulk((0..<3).map { NewJob("s", data: .number($0)) })
            let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 2), logger: quiet) { _, _ in
                try await Task.sleep(for: .milliseconds(300))
                return nil
            }
            async let run: Void = worker.run()
            try await queue.wait(for: 2, in: .active)
            await worker.shutdown(within: .seconds(5))
            try await run
            let counts = try await queue.counts()
            #expect(counts[.completed] == 2 && counts[.wait] == 1 && counts[.active] == 0)
        }
    }

    @Test func shutdownHandsBackWhatIsLeft() async throws {
        try await withQueue { queue in
            try await queue.add("a", data: JSONValue.null, options: .init(id: "a"))
            try await queue.add("p", data: JSONValue.null, options: .init(id: "p", priority: 3))
            let slow = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 2), logger: quiet) { _, _ in
                try await Task.sleep(for: .seconds(60))
                return nil
            }
            async let run: Void = slow.run()
            try await queue.wait(for: 2, in: .active)
            let start = ContinuousClock.now
            await slow.shutdown(within: .milliseconds(200))
            try await run
            #expect(ContinuousClock.now - start < .seconds(30))
            let counts = try await queue.counts()
            #expect(counts[.wait] == 1 && counts[.prioritized] == 1 && counts[.active] == 0)
            #expect(try await queue.raw(queue.redis, "EXISTS", "a:lock").int == 0)

            let next = Worker(queue.name, redis: queue.redis, logger: quiet) { job, _ in .number(job.attemptsMade) }
            try await withWorkers([next]) { try await queue.wait(for: 2, in: .completed) }
            #expect(try await queue.job("a")?.returnValue?.text == "0")
            #expect(try await queue.job("a")?.stalls == 0)
        }
    }

    @Test func cancellationHandsBackAtOnce() async throws {
        try await withQueue { queue in
            try await queue.add("a", data: JSONValue.null)
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { _, _ in
                try await Task.sleep(for: .seconds(60))
                return nil
            }
            try await withWorkers([worker]) { try await queue.wait(for: 1, in: .active) }
            let counts = try await queue.counts()
            #expect(counts[.wait] == 1 && counts[.active] == 0)
        }
    }
}
