import Logging
import ServiceLifecycle

/// Looks for deleted organizations and removes what is left of them; one worker of all does so at a time.
struct OrganizationRemovalService: Service {
    let removal: OrganizationRemoval
    let check: StartCheck
    let logger: Logger

    private static let interval = Duration.seconds(2)

    func run() async throws {
        guard try await check.run() else { return }
        await cancelWhenGracefulShutdown {
            var hasWarned = false
            while !Task.isCancelled {
                do {
                    try await removal.run()
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
}
