import Logging
import PostgresClient

/// One connection of its own for a command.
enum DatabaseSession {
    static func run<R: Sendable>(
        url: String, logger: Logger, name: String = "migrate", _ body: (PostgresConnection) async throws -> R
    ) async throws -> R {
        var settings = try PostgresPoolConfiguration(url: url)
        settings.maximumConnections = 1
        settings.minimumConnections = 0
        settings.applicationName = name
        settings.usesPreparedStatements = true
        let pool = try PostgresPool(settings, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            let value: R
            do {
                value = try await pool.withConnection { connection in try await body(connection) }
            } catch {
                await pool.close()
                throw error
            }
            await pool.close()
            try await group.waitForAll()
            return value
        }
    }
}
