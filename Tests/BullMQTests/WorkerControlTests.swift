import JSON
import Logging
import Primitives
import RedisClient
import ServiceLifecycle
import Synchronization
import Testing

@testable import BullMQ

/// What can be asked of a worker while it runs, and what a processor can say besides "done" and "failed".
@Suite(.timeLimit(.minutes(10))) struct WorkerControlTests {
    @Test func timeoutCancelsAndFails() async throws {
        try await withQueue { queue in
            try await queue.add("slow", data: .null, options: .init(id: "slow", attempts: 2))
            try await queue.add("quick", data: .null, options: .init(id: "quick"))
            let options = WorkerOptions(concurrency: 2, timeout: .seconds(2))
            let worker = Worker(queue.name, redis: queue.redis, options: options, logger: quiet) { job, _ in
                if job.name == "slow" { try await Task.sleep(for: .seconds(60)) }
                return nil
            }
            try await withWorkers([worker]) { try await queue.wait(for: 1, in: .failed) }
            let slow = try #require(try await queue.job("slow"))
            #expect(slow.failedReason == "The job ran longer than 2000 ms" && slow.attemptsMade == 2)
            #expect(try await queue.state(of: "quick") == .completed)
            #expect(worker.statistics.failed == 1 && worker.statistics.retried == 1 && worker.statistics.completed == 1)
        }
    }

    @Test func cancelsOneJob() async throws {
        try await withQueue { queue in
            for id in ["a", "b"] { try await queue.add("job", data: .null, options: .init(id: id)) }
            let release = AsyncStream.makeStream(of: Void.self)
            let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 2), logger: quiet) { job, _ in
                if job.id == "a" { try await Task.sleep(for: .seconds(60)) } else { for await _ in release.stream {} }
                return nil
            }
            try await withWorkers([worker]) {
                try await queue.wait(for: 2, in: .active)
                while !worker.cancel("a", reason: "not wanted") { try await Task.sleep(for: .milliseconds(5)) }
                try await queue.wait(for: 1, in: .failed)
                #expect(!worker.cancel("a"))
                release.continuation.finish()
                try await queue.wait(for: 1, in: .completed)
            }
            #expect(try await queue.job("a")?.failedReason == "not wanted")
        }
    }

    @Test func concurrencyChangesWhileRunning() async throws {
        try await withQueue { queue in
            try await queue.addBulk((0..<4).map { NewJob("job", data: .number($0)) })
            let release = AsyncStream.makeStream(of: Void.self)
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { _, _ in
                for await _ in release.stream {}
                return nil
            }
            try await withWorkers([worker]) {
                try await queue.wait(for: 1, in: .active)
                worker.concurrency = 3
                try await queue.wait(for: 3, in: .active)
                worker.concurrency = 1
                #expect(worker.concurrency == 1)
                release.continuation.finish()
                try await queue.wait(for: 4, in: .completed)
            }
        }
    }

    @Test func aPausedWorkerLeavesTheQueueToOthers() async throws {
        try await withQueue { queue in
            let runs = Notes<String>()
            func worker(_ name: String) -> Worker {
                Worker(queue.name, redis: queue.redis, options: .init(drainDelay: .milliseconds(200)), logger: quiet) { _, _ in
                    runs.add(name)
                    return nil
                }
            }
            let (first, second) = (worker("first"), worker("second"))
            let events = first.events()
            try await withWorkers([first, second]) {
                first.pause()
                for await event in events { if case .paused = event { break } }
                try await queue.addBulk((0..<5).map { NewJob("job", data: .number($0)) })
                try await queue.wait(for: 5, in: .completed)
                #expect(runs.all == Array(repeating: "second", count: 5))
                second.pause()
                first.resume()
                try await queue.add("job", data: .null)
                try await queue.add("job", data: .null)
                try await queue.wait(for: 7, in: .completed)
                #expect(runs.all.contains("first"))
            }
        }
    }

    @Test func eventsTellWhatHappens() async throws {
        try await withQueue { queue in
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { job, context in
                if job.name == "bad" { throw Oops(description: "no") }
                try await context.updateProgress(50)
                return "done"
            }
            let events = worker.events()
            try await queue.add("good", data: .null)
            try await queue.add("bad", data: .null, options: .init(attempts: 2))
            try await withWorkers([worker]) { try await queue.wait(for: 1, in: .failed) }
            var told: [String] = []
            for await event in events {
                switch event {
                case .active(let job): told.append("active \(job.name)")
                case .progress(let job, let value): told.append("progress \(job.name) \(value)")
                case .completed(let job, let value): told.append("completed \(job.name) \(value)")
                case .failed(let job, let reason, let isFinal): told.append("failed \(job.name) \(reason) \(isFinal)")
                case .drained: told.append("drained")
                case .closing: told.append("closing")
                case .closed: told.append("closed")
                case .stalled, .lockLost, .paused, .resumed, .error: Issue.record("unexpected \(event)")
                }
            }
            #expect(
                told == [
                    "active good", "progress good 50", #"completed good "done""#, "active bad", "failed bad no false", "active bad",
                    "failed bad no true", "drained", "closing", "closed",
                ])
        }
    }

    @Test func aServiceGroupStopsItGracefully() async throws {
        try await withQueue { queue in
            try await queue.add("job", data: .null)
            try await queue.add("job", data: .null)
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { _, _ in
                try await Task.sleep(for: .milliseconds(300))
                return nil
            }
            let group = ServiceGroup(services: [worker], logger: quiet)
            async let run: Void = group.run()
            try await queue.wait(for: 1, in: .active)
            await group.triggerGracefulShutdown()
            try await run
            let counts = try await queue.counts()
            #expect(counts[.completed] == 1 && counts[.wait] == 1 && counts[.active] == 0)
        }
    }

    @Test func tooManyStartsFail() async throws {
        try await withQueue { queue in
            try await queue.add("job", data: .null, options: .init(id: "j"))
            let worker = Worker(queue.name, redis: queue.redis, options: .init(maxStartedAttempts: 2), logger: quiet) { _, _ in
                throw ReturnJob()
            }
            try await withWorkers([worker]) { try await queue.wait(for: 1, in: .failed) }
            let job = try #require(try await queue.job("j"))
            #expect(job.failedReason == "job started more than allowable limit" && job.attemptsStarted == 3)
        }
    }

    @Test func customBackoff() async throws {
        try await withQueue { queue in
            let backoff = JobBackoff(type: "mine", delay: .milliseconds(70))
            try await queue.add("job", data: .null, options: .init(id: "j", attempts: 5, backoff: backoff))
            let asked = Notes<String>()
            var options = WorkerOptions()
            options.backoffStrategy = { type, attempt, job, error in
                asked.add("\(type) \(attempt) \(job.id) \(error)")
                return attempt < 2 ? .milliseconds(1) : nil
            }
            let worker = Worker(queue.name, redis: queue.redis, options: options, logger: quiet) { _, _ in throw Oops(description: "x") }
            try await withWorkers([worker]) { try await queue.wait(for: 1, in: .failed) }
            #expect(asked.all == ["mine 1 j x", "mine 2 j x"])
        }
    }

    @Test func jitterStaysWithinItsShare() {
        let backoff = JobBackoff.exponential(.milliseconds(100), jitter: 0.5)
        #expect(backoff.milliseconds(afterAttempt: 3, random: 0) == 200)
        #expect(backoff.milliseconds(afterAttempt: 3, random: 0.999) == 399)
        #expect(JobBackoff.fixed(.milliseconds(100), jitter: 1).milliseconds(afterAttempt: 9, random: 0) == 0)
        #expect(JobBackoff.exponential(.seconds(1)).milliseconds(afterAttempt: 1000) == 315_360_000_000)
    }

    @Test func traceContextTravels() async throws {
        try await withQueue { queue in
            let trace = TraceContext()
            try await queue.add("traced", data: .null, options: .init(telemetry: JobTelemetry(trace)))
            try await queue.add("omitted", data: .null, options: .init(telemetry: .init(metadata: "{}", omitsContext: true)))
            let traces = Notes<TraceContext>()
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { _, context in
                traces.add(context.trace)
                return nil
            }
            try await withWorkers([worker]) { try await queue.wait(for: 2, in: .completed) }
            #expect(traces.all[0].traceID == trace.traceID && traces.all[0].spanID != trace.spanID)
            #expect(traces.all[1].traceID != trace.traceID)
            let stored = try #require(try await queue.job("1")?.options.telemetry?.metadata)
            #expect(try JSONValue(parsing: stored) == ["traceparent": .string(trace.traceparent)])
        }
    }

    @Test func payloadsOfOnesOwn() async throws {
        struct Paint: Codable, Equatable {
            var color: String
            var layers: [Int]
        }
        try await withQueue { queue in
            let paint = Paint(color: "réd", layers: [1, 2])
            try await queue.add("paint", encoding: paint)
            try await queue.addBulk([try NewJob("paint", encoding: paint)])
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { job, _ in
                try JSONValue(encoding: job.decode(Paint.self))
            }
            try await withWorkers([worker]) { try await queue.wait(for: 2, in: .completed) }
            #expect(try await queue.job("2")?.returnValue?.decode(Paint.self) == paint)
        }
    }
}
