import JSON
import RedisClient
import RedisTestSupport
import Testing

@testable import BullMQ

/// What happens when something goes wrong between a worker and its Redis.
@Suite(.timeLimit(.minutes(10))) struct FaultTests {
    @Test func survivesAFrozenRedis() async throws {
        let server = try await TestRedis()
        try await withQueue(url: server.url) { queue in
            let runs = Notes<String>()
            let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 4, stalledInterval: .seconds(3)), logger: quiet)
            { job, _ in
                runs.add(job.id)
                try await Task.sleep(for: .milliseconds(20))
                return nil
            }
            try await withWorkers([worker]) {
                try await queue.addBulk((0..<199).map { NewJob("f", data: .number($0)) })
                // Alone, so that the server knows the script by which the late one comes.
                try await queue.add("f", data: .number(199))
                try await Task.sleep(for: .milliseconds(100))
                server.freeze()
                await #expect(throws: RedisError.self) {
                    try await Queue(queue.name, redis: queue.redis, timeout: .milliseconds(200)).add("late", data: JSONValue.null)
                }
                // Longer than locks live: some of the jobs in hand come back as stalled ones.
                try await Task.sleep(for: .seconds(40))
                server.thaw()
                try await queue.wait(for: 201, in: .completed, within: .seconds(120))  // the one that timed out had been sent
            }
            #expect(Set(runs.all).count == 201)
        }
    }

    @Test func survivesAKilledRedis() async throws {
        let server = try await TestRedis(options: "--appendonly yes --appendfsync always")
        try await withQueue(url: server.url) { queue in
            let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 4), logger: quiet) { _, _ in
                try await Task.sleep(for: .milliseconds(5))
                return nil
            }
            try await withWorkers([worker]) {
                try await queue.addBulk((0..<400).map { NewJob("k", data: .number($0)) })
                for _ in 0..<3 {
                    try await Task.sleep(for: .milliseconds(100))
                    server.kill()
                    try await Task.sleep(for: .milliseconds(50))
                    try await server.start()
                }
                try await queue.wait(for: 400, in: .completed)
            }
            let counts = try await queue.counts()
            #expect(counts[.active] == 0 && counts[.failed] == 0 && counts[.wait] == 0)
        }
    }

    @Test func survivesARestartInGoodOrder() async throws {
        let server = try await TestRedis(options: "--appendonly yes")
        try await withQueue(url: server.url) { queue in
            let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 4), logger: quiet) { _, _ in
                try await Task.sleep(for: .milliseconds(5))
                return nil
            }
            try await withWorkers([worker]) {
                try await queue.addBulk((0..<400).map { NewJob("k", data: .number($0)) })
                try await Task.sleep(for: .milliseconds(100))
                server.stop()
                try await server.start()
                try await queue.wait(for: 400, in: .completed)
            }
            let counts = try await queue.counts()
            #expect(counts[.active] == 0 && counts[.failed] == 0 && counts[.wait] == 0)
        }
    }

    @Test func scriptsFlushedWhileRunning() async throws {
        let server = try await TestRedis()
        try await withQueue(url: server.url) { queue in
            let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 4), logger: quiet) { _, _ in
                try await Task.sleep(for: .milliseconds(2))
                return nil
            }
            try await withWorkers([worker]) {
                for number in 0..<100 {
                    _ = try await queue.redis.send("SCRIPT", "FLUSH")
                    try await queue.addBulk((0..<5).map { NewJob("s", data: .number(number * 5 + $0)) })
                }
                try await queue.wait(for: 500, in: .completed)
            }
            #expect(try await queue.counts()[.failed] == 0)
        }
    }

    @Test func memoryIsFull() async throws {
        let server = try await TestRedis()
        try await withQueue(url: server.url) { queue in
            let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 4), logger: quiet) { _, _ in
                try await Task.sleep(for: .milliseconds(5))
                return nil
            }
            try await withWorkers([worker]) {
                try await queue.addBulk((0..<300).map { NewJob("m", data: .number($0)) })
                _ = try await queue.redis.send("CONFIG", "SET", "maxmemory", "1")
                // A worker gives more memory back than it takes, and goes on; producers are told.
                for _ in 0..<20 {
                    let error = await #expect(throws: RedisError.self) { try await queue.add("m", data: .null) }
                    #expect(error?.server?.prefix == "OOM")
                    try await Task.sleep(for: .milliseconds(10))
                }
                _ = try await queue.redis.send("CONFIG", "SET", "maxmemory", "0")
                try await queue.wait(for: 300, in: .completed)
            }
            let counts = try await queue.counts()
            #expect(counts[.active] == 0 && counts[.failed] == 0 && counts[.wait] == 0)
        }
    }

    @Test func tenMegabytes() async throws {
        try await withQueue { queue in
            let text = String(repeating: "é", count: 5_000_000)
            try await queue.add("large", data: .string(text))
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { job, _ in try job.json() }
            try await withWorkers([worker]) { try await queue.wait(for: 1, in: .completed) }
            let job = try #require(try await queue.job("1"))
            #expect(job.data.bytes.count == 10_000_002 && job.returnValue == job.data)
            try await queue.obliterate()
        }
    }

    /// A worker that could not renew: another one has run the job meanwhile, and that one's word counts.
    @Test func aProcessorOutlivesItsLock() async throws {
        try await withQueue { queue in
            try await queue.add("long", data: .null, options: .init(id: "long"))
            let canceled = Notes<Bool>()
            let slow = Worker(queue.name, redis: queue.redis, options: .init(lockDuration: .seconds(2)), logger: quiet) { _, _ in
                do { try await Task.sleep(for: .seconds(60)) } catch { canceled.add(Task.isCancelled) }
                return "late"
            }
            let events = slow.events()
            try await withWorkers([slow]) {
                try await queue.wait(for: 1, in: .active)
                // What a pause of the whole process would do: the lock runs out, the stalled check gives the job to another worker.
                slow.pause()
                _ = try await queue.raw(queue.redis, "DEL", "long:lock")
                _ = try await queue.raw(queue.redis, "SADD", "stalled", "long")
                _ = try await queue.raw(queue.redis, "DEL", "stalled-check")
                #expect(try await queue.checkStalled(WorkerOptions()).ids == ["long"])
                let other = ManualWorker(queue.name, redis: queue.redis)
                let held = try #require(try await other.next())
                for await event in events { if case .lockLost(let job) = event, job.id == "long" { break } }
                try await held.complete("in time")
                while slow.statistics.completed == 0 { try await Task.sleep(for: .milliseconds(10)) }
            }
            let job = try #require(try await queue.job("long"))
            #expect(job.returnValue?.text == #""in time""# && job.attemptsMade == 1 && job.stalls == 1)
            #expect(canceled.all == [true])
        }
    }
}
