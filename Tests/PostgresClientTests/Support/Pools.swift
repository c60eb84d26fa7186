import Logging
import PostgresClient

/// Runs `body` with a pool on the test database, and closes it whatever happens.
func withPool<R: Sendable>(
    url: String? = nil, maximum: Int = 4, logger: Logger = .quiet, _ change: (inout PostgresPoolConfiguration) -> Void = { _ in },
    _ body: (PostgresPool) async throws -> R
) async throws -> R {
    var databaseURL = url
    if databaseURL == nil { databaseURL = try await TestDatabase.url() }
    var configuration = try PostgresPoolConfiguration(url: databaseURL ?? "")
    configuration.maximumConnections = maximum
    configuration.minimumConnections = 0
    change(&configuration)
    let pool = try PostgresPool(configuration, logger: logger)
    return try await withThrowingTaskGroup { group in
        group.addTask { try await pool.run() }
        do {
            let value = try await body(pool)
            await pool.close()
            try await group.waitForAll()
            return value
        } catch {
            await pool.close()
            throw error
        }
    }
}

extension Logger {
    static var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }
}

/// The error `body` throws; fails the test when it throws none or another.
func postgresError(_ body: () async throws -> Void) async -> PostgresError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? PostgresError
    }
}

extension PostgresPool {
    /// One value of one row.
    func value<T: PostgresDecodable>(_ sql: SQL, as type: T.Type = T.self) async throws -> T {
        guard let row = try await query(sql).first else { throw NoRow() }
        return try row.get(0, as: type)
    }
}

struct NoRow: Error {}
