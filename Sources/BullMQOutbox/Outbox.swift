import BullMQ
import JSON
public import PostgresClient
import Primitives
public import RedisClient

/// Enqueues BullMQ jobs inside SQL transactions.
///
/// ``enqueue(_:in:)`` writes rows; when the transaction commits, the jobs are certain to reach Redis, when it rolls back they never do.
/// ``forward(_:)`` takes them there at once; whatever does not get that far (a crash, Redis down) an ``OutboxRelay`` takes later.
/// Delivery to the queue is at least once; the job id makes a second add harmless while the first job exists.
public struct Outbox: Sendable {
    let pool: PostgresPool
    let redis: Redis
    let prefix: String

    /// - Parameters:
    ///   - pool: forwards and deletes rows; its role needs `select, update, delete` on the table.
    ///   - prefix: of the BullMQ queues.
    public init(pool: PostgresPool, redis: Redis, prefix: String = "bull") {
        self.pool = pool
        self.redis = redis
        self.prefix = prefix
    }

    /// Writes the jobs as part of `transaction`.
    public func enqueue(_ jobs: [OutboxJob], in transaction: PostgresTransaction) async throws {
        guard !jobs.isEmpty else { return }
        try await transaction.execute(
            """
            insert into bullmq_outbox (id, queue, name, job_id, data, options, due_at)
            select * from unnest(\(jobs.map(\.id)), \(jobs.map(\.queue)), \(jobs.map(\.name)), \(jobs.map(\.jobID)),
                                 \(jobs.map(\.data.bytes)), \(jobs.map { JSONValue.object($0.options) }), \(jobs.map(\.dueAt)))
            """)
    }

    /// Adds committed jobs to Redis and removes their rows. Call it after the commit, with the jobs that were enqueued.
    ///
    /// - Throws: when Redis or PostgreSQL does not answer; the rows then stay, and the relay takes them.
    public func forward(_ jobs: [OutboxJob]) async throws {
        guard !jobs.isEmpty else { return }
        try await add(jobs)
        try await pool.execute("delete from bullmq_outbox where id = any(\(jobs.map(\.id)))")
    }

    /// Adds jobs to their queues, delayed until they are due, without a word to the table: for what is known to be committed.
    public func add(_ jobs: [OutboxJob]) async throws {
        let now = Timestamp.now
        for (name, jobs) in Dictionary(grouping: jobs, by: \.queue) {
            let queue = Queue(name, prefix: prefix, redis: redis)
            _ = try await queue.addBulk(
                jobs.map { job in
                    var options = JobOptions(job.options)
                    options.id = job.jobID
                    if let dueAt = job.dueAt, dueAt > now { options.delay = dueAt - now }
                    return NewJob(job.name, data: job.data, options: options)
                })
        }
    }
}
