import JSON
public import Logging
import PostgresClient
import Primitives

/// Takes to Redis what was committed but not forwarded: after a crash, or when Redis is back.
///
/// Any number of relays may run; `for update skip locked` keeps them off each other's rows.
public struct OutboxRelay: Sendable {
    private let outbox: Outbox
    private let minimumAge: Duration
    private let interval: Duration
    private let batchSize: Int
    private let logger: Logger

    /// - Parameters:
    ///   - minimumAge: rows younger than this are left to the process that committed them.
    ///   - interval: pause between looks when there was nothing to do.
    public init(
        outbox: Outbox, minimumAge: Duration = .seconds(2), interval: Duration = .milliseconds(500), batchSize: Int = 500, logger: Logger
    ) {
        self.outbox = outbox
        self.minimumAge = minimumAge
        self.interval = interval
        self.batchSize = batchSize
        self.logger = logger
    }

    /// Relays until the task is cancelled. Trouble with either store is logged once and tried again, with growing pauses up to five seconds.
    public func run() async {
        var failures = 0
        while !Task.isCancelled {
            var pause = interval
            do {
                let count = try await relayOnce()
                if failures > 0 { logger.info("Outbox relay works again") }
                failures = 0
                if count > 0 { logger.debug("Relayed jobs from the outbox", metadata: ["count": "\(count)"]) }
                if count == batchSize { pause = .zero }
            } catch is CancellationError {
                return
            } catch {
                if Task.isCancelled { return }
                if failures == 0 { logger.warning("Outbox relay failed, will retry", metadata: ["error": "\(error)"]) }
                failures += 1
                pause = min(.seconds(5), interval * (1 << min(failures, 4)))
            }
            try? await Task.sleep(for: pause)
        }
    }

    /// Relays one batch; how many rows it took.
    ///
    /// The rows stay locked until Redis has their jobs, so a crash in between leaves them for the next relay.
    @discardableResult
    public func relayOnce() async throws -> Int {
        try await outbox.pool.withTransaction { transaction in
            let rows = try await transaction.query(
                """
                select id, queue, name, job_id, data, options, due_at from bullmq_outbox
                where created_at <= now() - \(minimumAge.milliseconds) * interval '1 millisecond'
                order by id limit \(batchSize) for update skip locked
                """)
            let jobs = try rows.map { row in
                let (id, queue, name, jobID, data, options, dueAt) = try row.decode(
                    UUIDv7.self, String.self, String.self, String.self, [UInt8].self, JSONValue.self, Timestamp?.self)
                return OutboxJob(
                    id: id, queue: queue, name: name, jobID: jobID, data: RawJSON(unchecked: data), options: options.object ?? [:],
                    dueAt: dueAt)
            }
            guard !jobs.isEmpty else { return 0 }
            try await outbox.add(jobs)
            try await transaction.execute("delete from bullmq_outbox where id = any(\(jobs.map(\.id)))")
            return jobs.count
        }
    }
}
