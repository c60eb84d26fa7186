import Logging
import Primitives

/// Tells the application what happened, and lets it take part.
final class AuthEvents: Sendable {
    let hooks: AuthHooks
    let now: @Sendable () -> Timestamp
    let logger: Logger

    init(hooks: AuthHooks, now: @escaping @Sendable () -> Timestamp, logger: Logger) {
        self.hooks = hooks
        self.now = now
        self.logger = logger
    }

    func record(
        _ kind: AuthEvent.Kind, actor: AuthSession? = nil, subject: String? = nil, organization: String? = nil
    ) async {
        guard let audit = hooks.audit else { return }
        await audit(
            AuthEvent(
                kind: kind, time: now(), actorID: actor?.user.id, subjectID: subject ?? actor?.user.id, organizationID: organization,
                impersonatedBy: actor?.session.impersonatedBy))
    }

    /// Runs a hook that comes too late to refuse anything.
    func after(_ name: String, _ hook: () async throws -> Void) async {
        do {
            try await hook()
        } catch {
            logger.error("A hook failed", metadata: ["hook": "\(name)", "error": "\(error)"])
        }
    }
}
