import JSON
import Primitives
import RedisClient
import RedisTestSupport
import Testing

@testable import BullMQ

@Suite(.timeLimit(.minutes(10))) struct WorkerTests {
    @Test func eachOfAThousandJobsOnce() async throws {
        try await withQueue { queue in
            let seen = Notes<Int>()
            let workers = (0..<2).map { _ in
                Worker(queue.name, redis: queue.redis, options: .init(concurrency: 10), logger: quiet) { job, _ in
                    seen.add(try job.json()["n"]?.int ?? -1)
                    return nil
                }
            }
            try await withWorkers(workers) {
                try await queue.addBulk((0..<1000).map { NewJob("n", data: ["n": .number($0)]) })
                try await queue.wait(for: 1000, in: .completed)
            }
            #expect(seen.all.sorted() == Array(0..<1000))
            #expect(try await queue.counts()[.active] == 0)
        }
    }

    @Test func runsInOrder() async throws {
        try await withQueue { queue in
            let order = Notes<String>()
            for (name, options) in [
                ("p10", JobOptions(priority: 10)), ("a", JobOptions()), ("p1", JobOptions(priority: 1)), ("b", JobOptions()),
                ("first", JobOptions(lifo: true)), ("p10b", JobOptions(priority: 10)),
            ] { try await queue.add(name, data: JSONValue.null, options: options) }
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { job, _ in
                order.add(job.name)
                return nil
            }
            try await withWorkers([worker]) { try await queue.wait(for: 6, in: .completed) }
            #expect(order.all == ["first", "a", "b", "p1", "p10", "p10b"])
        }
    }

    @Test func delayedJobsRunInTime() async throws {
        try await withQueue { queue in
            let due = Notes<Int64>()
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { job, _ in
                // The name says the delay: the job's own is 0 once it was promoted.
                let time = job.timestamp.milliseconds + (Int64(job.name) ?? 0)
                due.add(time)
                #expect(Timestamp.now.milliseconds >= time)
                return nil
            }
            try await withWorkers([worker]) {
                try await Task.sleep(for: .milliseconds(100))  // the worker waits already
                for delay in [600, 200, 400] {
                    try await queue.add("\(delay)", data: JSONValue.null, options: .init(delay: .milliseconds(delay)))
                }
                try await queue.wait(for: 3, in: .completed)
            }
            // By the time they were due, not by the order they came in.
            #expect(due.all == due.all.sorted())
        }
    }

    @Test func retriesWithBackoff() async throws {
        try await withQueue { queue in
            let tries = Notes<Int64>()
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { job, _ in
                tries.add(Timestamp.now.milliseconds)
                throw Oops(description: "boom \(job.attemptsMade)")
            }
            let options = JobOptions(id: "r", attempts: 3, backoff: .exponential(.milliseconds(100)))
            try await withWorkers([worker]) {
                try await queue.add("r", data: JSONValue.null, options: options)
                try await queue.wait(for: 1, in: .failed)
            }
            let job = try #require(try await queue.job("r"))
            #expect(job.attemptsMade == 3 && job.attemptsStarted == 3 && job.failedReason == "boom 2" && job.stackTrace.count == 3)
            let times = tries.all
            #expect(times[1] - times[0] >= 100 && times[2] - times[1] >= 200)
            let told = try await events(queue, queue.redis)
            #expect(told.filter { $0.hasPrefix("delayed") }.count == 2)
            #expect(
                told.suffix(3) == ["failed jobId=r failedReason=boom 2 prev=active", "retries-exhausted jobId=r attemptsMade=3", "drained"])
        }
    }

    @Test func retriesAtOnceGoToTheBack() async throws {
        try await withQueue { queue in
            let order = Notes<String>()
            try await queue.add("a", data: JSONValue.null, options: .init(attempts: 2))
            try await queue.add("b", data: JSONValue.null)
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { job, _ in
                order.add(job.name)
                if job.name == "a", job.attemptsMade == 0 { throw Oops(description: "once") }
                return nil
            }
            try await withWorkers([worker]) { try await queue.wait(for: 2, in: .completed) }
            #expect(order.all == ["a", "b", "a"])
        }
    }

    @Test func unrecoverableAndPostponed() async throws {
        try await withQueue { queue in
            try await queue.add("stop", data: JSONValue.null, options: .init(id: "u", attempts: 5))
            try await queue.add("later", data: JSONValue.null, options: .init(id: "l", attempts: 5))
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { job, _ in
                if job.name == "stop" { throw UnrecoverableError("never again") }
                if job.attemptsStarted == 1 { throw DelayJob(until: .now + .milliseconds(200)) }
                return .number(job.attemptsMade)
            }
            try await withWorkers([worker]) {
                try await queue.wait(for: 1, in: .failed)
                try await queue.wait(for: 1, in: .completed)
            }
            let failed = try #require(try await queue.job("u"))
            #expect(failed.failedReason == "never again" && failed.attemptsMade == 1)
            let later = try #require(try await queue.job("l"))
            #expect(later.attemptsMade == 1 && later.attemptsStarted == 2 && later.returnValue?.text == "0")
            #expect(try await !events(queue, queue.redis).contains { $0.hasPrefix("retries-exhausted") })
        }
    }

    @Test func retention() async throws {
        try await withQueue { queue in
            for number in 0..<5 {
                try await queue.add("c", data: JSONValue.null, options: .init(id: "c\(number)", removeOnComplete: .newest(2)))
                try await queue.add("f", data: JSONValue.null, options: .init(id: "f\(number)", removeOnFail: JobRetention.none))
            }
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { job, _ in
                if job.name == "f" { throw Oops(description: "x") }
                return nil
            }
            try await withWorkers([worker]) {
                while try await queue.job("f4") != nil { try await Task.sleep(for: .milliseconds(10)) }
            }
            #expect(try await queue.jobs(in: .completed).map(\.id) == ["c4", "c3"])
            #expect(try await queue.job("c0") == nil)
            #expect(try await queue.counts()[.failed] == 0)
        }
    }

    @Test func renewsLocks() async throws {
        try await withQueue { queue in
            let runs = Notes<String>()
            let options = WorkerOptions(concurrency: 2, lockDuration: .seconds(10), stalledInterval: .seconds(3))
            let workers = (0..<2).map { _ in
                Worker(queue.name, redis: queue.redis, options: options, logger: quiet) { job, _ in
                    runs.add(job.id)
                    try await Task.sleep(for: .seconds(13))  // longer than the lock
                    return nil
                }
            }
            try await queue.addBulk((0..<3).map { _ in NewJob("long", data: JSONValue.null) })
            try await withWorkers(workers) { try await queue.wait(for: 3, in: .completed) }
            #expect(runs.all.count == 3)
        }
    }

    @Test func anotherWorkerTakesOverFromADeadOne() async throws {
        try await withQueue { queue in
            // A worker that vanished: its jobs are active and their locks have run out.
            for id in ["once", "often"] { try await queue.add("s", data: JSONValue.null, options: .init(id: id)) }
            _ = try await queue.raw(queue.redis, "DEL", "wait")
            _ = try await queue.raw(queue.redis, "LPUSH", "active", "once", "often")
            _ = try await queue.raw(queue.redis, "HSET", "often", "stc", 1)
            let options = WorkerOptions(stalledInterval: .milliseconds(150))
            let worker = Worker(queue.name, redis: queue.redis, options: options, logger: quiet) { _, _ in "saved" }
            try await withWorkers([worker]) {
                try await queue.wait(for: 1, in: .completed)
                try await queue.wait(for: 1, in: .failed)
            }
            #expect(try await queue.job("once")?.stalls == 1)
            #expect(try await queue.job("once")?.returnValue?.text == #""saved""#)
            #expect(try await queue.job("often")?.failedReason == "job stalled more than allowable limit")
            let told = try await events(queue, queue.redis)
            #expect(told.contains("stalled jobId=once") && told.contains("waiting jobId=once prev=active"))
        }
    }
}
