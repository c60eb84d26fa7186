import BullMQ
import BullMQOutbox
import Logging
import PostgresClient
import ServiceLifecycle

/// Delivers until graceful shutdown; then takes nothing new, finishes what it has within the grace, and hands the rest back.
struct WorkerService: Service {
    let worker: Worker
    let check: StartCheck
    let grace: Duration
    let logger: Logger

    func run() async throws {
        try await check.run()
        logger.info("Worker started")
        // What is handed back after nine tenths still has time to get to Redis before the process is ended by force.
        try await untilGracefulShutdown {
            try await worker.run()
        } stop: {
            await worker.shutdown(within: grace * 0.9)
        }
    }
}

/// Relays the outbox until graceful shutdown.
struct RelayService: Service {
    let relay: OutboxRelay
    let check: StartCheck

    func run() async throws {
        try await check.run()
        await cancelWhenGracefulShutdown { await relay.run() }
    }
}

/// Makes the partitions of the days ahead and drops the expired: at the start, and hourly.
struct MaintenanceService: Service {
    let database: Database
    let check: StartCheck
    let logger: Logger

    private static let interval = Duration.seconds(3600)

    func run() async throws {
        try await check.run()
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await maintain()
                } catch {
                    logger.warning("Maintenance failed, will retry", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func maintain() async throws {
        // The system pool: partitions belong to no organization.
        let rows = try await database.system.query("select made, dropped from maintain_partitions()")
        if let row = rows.first {
            let (made, dropped) = try row.decode(Int.self, Int.self)
            if made > 0 || dropped > 0 { logger.info("Partitions kept", metadata: ["made": "\(made)", "dropped": "\(dropped)"]) }
        }
        try await database.system.execute("delete from idempotency_key where expires_at < now()")
    }
}
