import Logging

/// Hands letters to the application. Nobody's answer depends on whether one could be sent.
struct Letters: Sendable {
    private let send: (@Sendable (AuthLetter) async throws -> Void)?
    let logger: Logger

    init(_ settings: AuthSettings, logger: Logger) {
        send = settings.configuration.sendLetter
        self.logger = logger
    }

    var canSend: Bool { send != nil }

    func post(_ letter: AuthLetter) async {
        guard let send else { return }
        do {
            try await send(letter)
        } catch {
            logger.error("A letter was not taken", metadata: ["letter": "\(letter)", "error": "\(error)"])
        }
    }
}
