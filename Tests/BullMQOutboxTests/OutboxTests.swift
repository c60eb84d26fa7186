import BullMQ
import BullMQOutbox
import JSON
import Logging
import PostgresClient
import Primitives
import RedisClient
import TestServices
import Testing

@Suite(.timeLimit(.minutes(10))) struct OutboxTests {
    private static let quiet: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    private struct Setup: Sendable {
        let pool: PostgresPool
        let redis: Redis
        let outbox: Outbox
        let queue: Queue

        func job(_ number: Int, dueAt: Timestamp? = nil) -> OutboxJob {
            OutboxJob(
                queue: queue.name, name: "work", jobID: "job-\(number)", data: RawJSON(unchecked: Array("{\"n\": \(number)}".utf8)),
                options: ["removeOnComplete": true], dueAt: dueAt)
        }

        func rows() async throws -> Int { try await pool.query("select count(*) from bullmq_outbox").first?.decode(Int.self) ?? -1 }
    }

    private func withOutbox(_ body: @escaping @Sendable (Setup) async throws -> Void) async throws {
        let services = try await TestServices.shared()
        let pool = try PostgresPool(PostgresPoolConfiguration(url: try await services.freshDatabase()), logger: Self.quiet)
        let redis = try Redis(url: services.redisURL, logger: Self.quiet)
        let prefix = services.keyPrefix()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            group.addTask { await redis.run() }
            try await pool.executeScript(OutboxSchema.sql)
            do {
                try await body(
                    Setup(
                        pool: pool, redis: redis, outbox: Outbox(pool: pool, redis: redis, prefix: prefix),
                        queue: Queue("jobs", prefix: prefix, redis: redis)))
            } catch {
                await pool.close()
                await redis.close()
                throw error
            }
            await pool.close()
            await redis.close()
        }
    }

    @Test("Committed jobs reach the queue, byte for byte, and their rows go")
    func forwards() async throws {
        try await withOutbox { setup async throws in
            let jobs = (0..<3).map { setup.job($0) } + [setup.job(3, dueAt: .now + .seconds(60))]
            try await setup.pool.withTransaction { try await setup.outbox.enqueue(jobs, in: $0) }
            #expect(try await setup.queue.counts()[.wait] == 0)
            #expect(try await setup.rows() == 4)
            try await setup.outbox.forward(jobs)
            #expect(try await setup.rows() == 0)
            let counts = try await setup.queue.counts()
            #expect(counts[.wait] == 3 && counts[.delayed] == 1)
            let job = try #require(try await setup.queue.job("job-1"))
            #expect(job.data.text == "{\"n\": 1}" && job.name == "work")
            let delayed = try #require(try await setup.queue.job("job-3"))
            #expect(delayed.delay > .seconds(50) && delayed.delay <= .seconds(60))
        }
    }

    @Test("Rolled back is never enqueued")
    func rollsBack() async throws {
        try await withOutbox { setup async throws in
            struct Change: Error {}
            await #expect(throws: Change.self) {
                try await setup.pool.withTransaction { transaction in
                    try await setup.outbox.enqueue([setup.job(1)], in: transaction)
                    throw Change()
                }
            }
            #expect(try await setup.rows() == 0)
            #expect(try await OutboxRelay(outbox: setup.outbox, minimumAge: .zero, logger: Self.quiet).relayOnce() == 0)
        }
    }

    @Test("What nobody forwarded the relay takes, old enough, in order, in batches")
    func relays() async throws {
        try await withOutbox { setup async throws in
            try await setup.pool.withTransaction { try await setup.outbox.enqueue((0..<25).map { setup.job($0) }, in: $0) }
            #expect(try await OutboxRelay(outbox: setup.outbox, minimumAge: .seconds(60), logger: Self.quiet).relayOnce() == 0)
            let relay = OutboxRelay(outbox: setup.outbox, minimumAge: .zero, batchSize: 10, logger: Self.quiet)
            #expect(try await relay.relayOnce() == 10)
            #expect(try await relay.relayOnce() == 10)
            #expect(try await relay.relayOnce() == 5)
            #expect(try await relay.relayOnce() == 0)
            #expect(try await setup.queue.counts()[.wait] == 25)
            #expect(try await setup.rows() == 0)
        }
    }

    @Test("Two relays at once take each row once; adding a job twice makes one")
    func concurrentRelays() async throws {
        try await withOutbox { setup async throws in
            let jobs = (0..<200).map { setup.job($0) }
            try await setup.pool.withTransaction { try await setup.outbox.enqueue(jobs, in: $0) }
            let taken = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let relay = OutboxRelay(outbox: setup.outbox, minimumAge: .zero, batchSize: 20, logger: Self.quiet)
                        var taken = 0
                        while try await setup.rows() > 0 { taken += try await relay.relayOnce() }
                        return taken
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(taken == 200)
            try await setup.outbox.forward(jobs)  // as a process would that was slow after its commit
            #expect(try await setup.queue.counts()[.wait] == 200)
        }
    }
}
