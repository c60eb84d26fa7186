/// Which server takes outgoing mail, and how.
public struct SMTPConfiguration: Sendable, CustomStringConvertible {
    /// How the connection is protected.
    public enum Security: String, Sendable {
        /// TLS from the first byte: `smtps://`.
        case tls
        /// STARTTLS before anything else, and no mail without it: `smtp://`.
        case startTLS = "starttls"
        /// STARTTLS where the server offers it: `?tls=opportunistic`. A man in the middle can take the offer away.
        case opportunistic
        /// In the clear, for a server on the same machine: `?tls=none`. Refuses to send a password.
        case none
    }

    public var host: String
    public var port: Int
    public var security: Security
    public var user: String?
    public var password: SMTPPassword?
    /// A file of certificates (PEM) to trust instead of the system's.
    public var certificateAuthorities: String?
    /// For one message, from the look-up of the name to the last reply.
    public var timeout: Duration = .seconds(30)
    /// Messages sent at once, each on a thread and a connection of its own.
    public var concurrency = 4
    /// Messages that may wait for their turn; one more is refused as `busy`.
    public var maximumWaiting = 256

    public init(host: String, port: Int, security: Security, user: String? = nil, password: SMTPPassword? = nil) {
        self.host = host
        self.port = port
        self.security = security
        self.user = user
        self.password = password
    }

    /// Reads `smtp[s]://[user:password@]host[:port][?tls=starttls|opportunistic|none]`; user and password are percent-encoded.
    ///
    /// Ports default to 465 for `smtps` and 587 for `smtp`; a loopback host without `tls=` needs no TLS.
    ///
    /// - Throws: ``MailError`` `.invalid`, whose text never repeats the URL.
    public init(url: String) throws(MailError) {
        let parts = try SMTPURL(url)
        let security: Security
        switch (parts.isTLS, parts.query) {
        case (true, nil): security = .tls
        case (false, nil): security = Self.isLoopback(parts.host) ? .opportunistic : .startTLS
        case (false, "tls=starttls"): security = .startTLS
        case (false, "tls=opportunistic"): security = .opportunistic
        case (false, "tls=none"): security = .none
        default: throw MailError(.invalid, "The SMTP URL may end in ?tls=starttls, ?tls=opportunistic or ?tls=none, with smtp:// only.")
        }
        if security == .none, parts.password != nil {
            throw MailError(.invalid, "The SMTP URL has a password and ?tls=none: it would be sent in the clear.")
        }
        self.init(
            host: parts.host, port: parts.port ?? (parts.isTLS ? 465 : 587), security: security, user: parts.user,
            password: parts.password.map(SMTPPassword.init))
    }

    /// Without user and password.
    public var description: String { "\(security == .tls ? "smtps" : "smtp")://\(host):\(port)" }

    private static func isLoopback(_ host: String) -> Bool { host == "localhost" || host == "[::1]" || host.hasPrefix("127.") }
}

/// A password that shows in no description, dump or log.
public struct SMTPPassword: Sendable, CustomStringConvertible, CustomReflectable {
    let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { "<password>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
