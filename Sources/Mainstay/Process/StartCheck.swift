import Logging
import RedisClient
import ServiceLifecycle

/// What must hold before a process takes up work. Each service that would do harm otherwise awaits it first.
struct StartCheck: Sendable {
    let database: Database
    let redis: Redis
    let logger: Logger

    /// A Redis that is merely away is no reason not to start: messages are accepted without it and delivered when it is back.
    ///
    /// - Returns: false when the process is told to stop before that is known: there is nothing to take up then.
    /// - Throws: ``DatabaseCheckError``, or the store's own error when it refuses us.
    func run() async throws -> Bool {
        do {
            try await cancelWhenGracefulShutdown { try await check() }
            return true
        } catch {
            guard Task.isShuttingDownGracefully else { throw error }
            return false
        }
    }

    private func check() async throws {
        try await DatabaseCheck.run(database)
        do throws(RedisError) {
            _ = try await redis.send("PING", timeout: .seconds(3))
        } catch {
            try Task.checkCancellation()
            if error.code == .authenticationFailed { throw error }
            logger.warning(
                "Redis does not answer; messages are accepted and will be delivered when it does", metadata: ["error": "\(error)"])
        }
    }
}
