import Logging
import PostgresClient
import RedisClient
import ServiceLifecycle
import Synchronization

/// Asks both stores every second whether they can do our work, so that readiness is known at once whenever somebody asks, also while a
/// store hangs, and however often they ask.
final class StoreProbe: Service {
    struct Report: Sendable {
        /// Nil: as it should be.
        var trouble: String?
        /// How long the answer took; nil when there is none.
        var latency: Duration?
        var at: ContinuousClock.Instant
    }

    enum Store: String, CaseIterable { case postgres, redis }

    private let database: Database
    private let redis: Redis
    private let logger: Logger
    private let reports = Mutex<[Store: Report]>([:])

    private static let interval = Duration.seconds(1)
    /// A store that has said nothing for so long is not ready, whatever it said before.
    private static let patience = Duration.seconds(3)
    private static let timeout = Duration.seconds(2)

    init(database: Database, redis: Redis, logger: Logger) {
        self.database = database
        self.redis = redis
        self.logger = logger
    }

    func run() async {
        await cancelWhenGracefulShutdown { [self] in
            await withDiscardingTaskGroup { group in
                group.addTask { await self.watch(.postgres) { try await self.askPostgres() } }
                group.addTask { await self.watch(.redis) { _ = try await self.redis.send("PING", timeout: Self.timeout) } }
            }
        }
    }

    /// What is known of each store now.
    func report() -> [(store: Store, report: Report)] {
        let reports = reports.withLock { $0 }
        let now = ContinuousClock.now
        return Store.allCases.map { store in
            guard var report = reports[store] else { return (store, Report(trouble: "not asked yet", latency: nil, at: now)) }
            if now - report.at > Self.patience {
                report.trouble = "no answer for \((now - report.at).components.seconds) s"
                report.latency = nil
            }
            return (store, report)
        }
    }

    private func watch(_ store: Store, _ ask: () async throws -> Void) async {
        var isReady: Bool?
        while !Task.isCancelled {
            let start = ContinuousClock.now
            var trouble: String?
            var isSilent = false
            do {
                try await ask()
            } catch is ReadOnly {
                trouble = "read-only"
            } catch {
                if Task.isCancelled { return }
                trouble = "unreachable"
                isSilent = true
                if isReady != false { logger.warning("Store is not ready", metadata: ["store": "\(store)", "error": "\(error)"]) }
            }
            if isReady == false, trouble == nil { logger.notice("Store is ready again", metadata: ["store": "\(store)"]) }
            isReady = trouble == nil
            let report = Report(trouble: trouble, latency: isSilent ? nil : ContinuousClock.now - start, at: .now)
            reports.withLock { $0[store] = report }
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Through both pools, since publishing goes through the other one.
    private func askPostgres() async throws {
        let isReadOnly = try await database.app.query(
            SQL("select current_setting('transaction_read_only') = 'on'").limited(to: Self.timeout)
        ).first?.get(0, as: Bool.self)
        if isReadOnly == true { throw ReadOnly() }
        _ = try await database.system.query(SQL("select 1").limited(to: Self.timeout))
    }

    /// A server that failed over and is a standby now answers queries, but nothing could be accepted.
    private struct ReadOnly: Error {}
}
