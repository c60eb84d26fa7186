import Logging
import PostgresClient
import ServiceLifecycle

/// Looks for deleted organizations and removes what is left of them; one worker of all does so at a time.
struct OrganizationRemovalService: Service {
    let removal: OrganizationRemoval
    let database: Database
    let check: StartCheck
    let logger: Logger

    private static let interval = Duration.seconds(2)

    func run() async throws {
        try await check.run()
        await cancelWhenGracefulShutdown {
            var hasWarned = false
            while !Task.isCancelled {
                do {
                    try await lead()
                    hasWarned = false
                } catch {
                    if Task.isCancelled { return }
                    logger.log(
                        level: hasWarned ? .debug : .warning, "Removing deleted organizations failed, will retry",
                        metadata: ["error": "\(error)"])
                    hasWarned = true
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Works off the list unless another process is at it.
    private func lead() async throws {
        guard try await removal.isNeeded else { return }
        try await database.system.withTransaction { transaction in
            // Lives and dies with the connection, so that the rest of a process that is killed is taken up by another.
            guard try await transaction.tryLock("organization removal") else { return }
            try await removal.run()
        }
    }
}
