import BullMQ
import BullMQOutbox
import Logging
import RedisClient

/// Which BullMQ queues there are, and how Mainstay works on them.
struct QueueManager: Sendable {
    /// Braces keep a queue's keys on one node of a Redis Cluster.
    static let prefix = "{mainstay}"
    /// Every message's delivery.
    static let deliver = "deliver"

    let redis: Redis
    let logger: Logger

    func outbox(_ database: Database) -> Outbox {
        // The system pool: a batch holds messages of many organizations.
        Outbox(pool: database.system, redis: redis, prefix: Self.prefix)
    }

    var deliverQueue: Queue { Queue(Self.deliver, prefix: Self.prefix, redis: redis) }

    /// A worker of the `deliver` queue.
    ///
    /// Its stall limit is out of reach on purpose: whether a message is given up is PostgreSQL's to say, never a crashed worker's.
    /// Locks are short so that another worker takes over a dead one's jobs within seconds.
    func deliverWorker(concurrency: Int, processor: DeliverProcessor) -> Worker {
        Worker(
            Self.deliver, prefix: Self.prefix, redis: redis,
            options: WorkerOptions(
                concurrency: concurrency, lockDuration: .seconds(10), stalledInterval: .seconds(5), maxStalledCount: 1_000_000),
            logger: logger
        ) { job, _ in
            try await processor.process(job)
        }
    }
}
