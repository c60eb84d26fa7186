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
        guard try await check.run() else { return }
        logger.info("Worker started")
        // What is handed back after eight tenths still has time to get to Redis before the process is ended by force.
        try await untilGracefulShutdown {
            try await worker.run()
        } stop: {
            await worker.shutdown(within: grace * 0.8)
        }
    }
}

/// Relays the outbox until graceful shutdown.
struct RelayService: Service {
    let relay: OutboxRelay
    let check: StartCheck

    func run() async throws {
        guard try await check.run() else { return }
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
        guard try await check.run() else { return }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await attempt("partitions", keepPartitions)
                await attempt("idempotency keys", dropExpiredKeys)
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// One task's trouble must not keep the others from being done.
    private func attempt(_ task: String, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            if !Task.isCancelled {
                logger.warning("Maintenance failed, will retry", metadata: ["task": .string(task), "error": "\(error)"])
            }
        }
    }

    // Both through the system pool: partitions and expiry belong to no organization.

    private func keepPartitions() async throws {
        let rows = try await database.system.query("select made, dropped, postponed from maintain_partitions()")
        guard let (made, dropped, postponed) = try rows.first?.decode(Int.self, Int.self, Bool.self), made + dropped > 0 || postponed
        else {
            return
        }
        logger.info("Partitions kept", metadata: ["made": "\(made)", "dropped": "\(dropped)", "postponed": "\(postponed)"])
    }

    private func dropExpiredKeys() async throws {
        var deleted = 0
        repeat {
            // In bites, so that no statement holds many rows for long.
            deleted = try await database.system.execute(
                "delete from idempotency_key where ctid = any(array(select ctid from idempotency_key where expires_at < now() limit 5000))")
        } while deleted == 5000
    }
}
