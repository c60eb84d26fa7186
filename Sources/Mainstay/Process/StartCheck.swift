import Logging
import RedisClient

/// What must hold before a process takes up work. Each service that would do harm otherwise awaits it first.
struct StartCheck: Sendable {
    let database: Database
    let redis: Redis
    let logger: Logger

    /// - Throws: ``DatabaseCheckError``, or the store's own error when it refuses us.
    ///
    /// A Redis that is merely away is no reason not to start: messages are accepted without it and delivered when it is back.
    func run() async throws {
        try await DatabaseCheck.run(database)
        do throws(RedisError) {
            _ = try await redis.send("PING", timeout: .seconds(3))
        } catch {
            if error.code == .authenticationFailed { throw error }
            logger.warning(
                "Redis does not answer; messages are accepted and will be delivered when it does", metadata: ["error": "\(error)"])
        }
    }
}
