import CCurl
import Primitives

/// Sends mail through an SMTP server, each message on a thread that may block.
public final class SMTPMailer: Mailer {
    private let configuration: SMTPConfiguration
    private let lane: BlockingLane
    private static let startCode = mainstay_curl_global_init()

    /// - Throws: ``MailError`` `.unsupported` when libcurl is without SMTP or TLS.
    public init(_ configuration: SMTPConfiguration) throws(MailError) {
        guard Self.startCode == CURLE_OK, let version = mainstay_curl_version()?.pointee, version.features & CURL_VERSION_SSL != 0 else {
            throw MailError(.unsupported, "libcurl could not be initialized, or was built without TLS.")
        }
        self.configuration = configuration
        lane = BlockingLane(label: "mail.smtp", width: configuration.concurrency, maximumWaiting: configuration.maximumWaiting)
    }

    public func send(_ message: MailMessage) async throws(MailError) {
        guard !message.to.isEmpty else { throw MailError(.invalid, "A message has no receiver.") }
        let transfer = SMTPTransfer(configuration: configuration, message: message)
        let result: Result<Void, MailError>
        do throws(BlockingLane.Refusal) {
            result = try await lane.run { Result { () throws(MailError) in try transfer.perform() } }
        } catch {
            throw MailError(.busy, error == .busy ? "Too many messages are waiting for \(configuration)." : "Sending was cancelled.")
        }
        try result.get()
    }
}
