import Logging
import PostgresClient
import TypedSQL

/// The two pools of a process. Each has one role for life, since switching roles makes PostgreSQL plan again.
struct Database: Sendable {
    /// Sees one organization at a time; everything goes through this pool unless a comment says why not.
    let app: PostgresPool
    /// Sees all: publishing in batches, the relay, reconciling, retention.
    let system: PostgresPool
    let appMetrics = PoolMetrics()
    let systemMetrics = PoolMetrics()
    let logger: Logger

    /// How many connections a process has at most: those of both pools, one that the leading reconciler keeps, and one that listens.
    static func maximumConnections(poolSize: Int) -> Int { 2 * poolSize + 2 }

    init(configuration: Configuration, logger: Logger) throws {
        try self.init(
            url: configuration.databaseURL, maximumPoolSize: configuration.maximumPoolSize, slowQueries: configuration.slowQueries,
            logger: logger)
    }

    /// - Parameter slowQueries: what statements may take without being logged; nil logs none.
    init(url: String, maximumPoolSize: Int, slowQueries: Duration? = nil, logger: Logger) throws {
        self.logger = logger
        func pool(role: String, size: Int, metrics: PoolMetrics) throws -> PostgresPool {
            var settings = try PostgresPoolConfiguration(url: url)
            settings.role = role
            settings.maximumConnections = size
            // A statement that takes longer than this is stuck; whoever asked has given up.
            settings.statementTimeout = .seconds(30)
            settings.applicationName = "mainstay"
            var logger = logger
            logger[metadataKey: "pool"] = .string(role)
            settings.observer = slowQueries.map { metrics.observer.and(.log(to: logger, slowerThan: $0)) } ?? metrics.observer
            return try PostgresPool(settings, logger: logger)
        }
        app = try pool(role: DatabaseRole.app, size: maximumPoolSize, metrics: appMetrics)
        // One more: the leading reconciler keeps a connection for as long as it leads.
        system = try pool(role: DatabaseRole.system, size: maximumPoolSize + 1, metrics: systemMetrics)
    }

    /// The application's pool behind the setting that row-level security reads: one organization's rows.
    func within(_ scope: TenantScope) -> PreludedPool { app.with(prelude: scope.prelude) }
}
