/// Hands messages over to something that delivers them.
public protocol Mailer: Sendable {
    /// Returns once the message is accepted by the next hop, which then answers for it.
    ///
    /// - Throws: ``MailError``; ``MailError/isTransient`` tells whether trying again later makes sense.
    func send(_ message: MailMessage) async throws(MailError)
}
