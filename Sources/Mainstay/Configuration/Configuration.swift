public import HTTPDelivery
public import Logging
public import Mail
public import Primitives

/// Everything that can be set from outside, typed and checked once at the start.
public struct Configuration: Sendable {
    /// Listening address.
    public var host: String
    public var port: Int
    /// Public origin, without a slash at its end; better-auth's base URL and the start of problem types.
    public var baseURL: String
    /// Owner role of the database; each pool switches to a role of its own.
    public var databaseURL: String
    public var redisURL: String
    /// Signs session cookies; at least 32 characters.
    public var authSecret: String
    /// Origins that browsers may send cookies from, besides ``baseURL``; some may be patterns with `*` or `?`.
    public var trustedOrigins: [String]
    /// Origins whose pages may call `/v1` from a browser; `*` is every one.
    public var corsOrigins: [String]
    /// Proxies whose word about their callers is taken.
    public var trustedProxies: [AddressBlock]
    /// From the whole head of a request to the beginning of its answer.
    public var requestTimeout: Duration
    /// What scrapers of `/metrics` must show; nil lets anyone read.
    public var metricsToken: String?
    /// Where a worker answers `/health`, `/ready` and `/metrics`; nil when it does not.
    public var metricsPort: Int?
    public var encryptionKeys: EncryptionKeys
    public var logLevel: Logger.Level
    public var logFormat: LogFormat
    /// SQL statements that take so long are logged; nil logs none.
    public var slowQueries: Duration?
    /// Private destinations that deliveries may reach all the same.
    public var outgoingAllow: [AllowedDestination]
    /// From the signal to the forced end.
    public var shutdownGrace: Duration
    /// PostgreSQL connections of one pool; a process has two pools.
    public var maximumPoolSize: Int
    /// Deliveries under way at once in one worker.
    public var workerConcurrency: Int
    /// Deliveries under way at once from one worker to one scheme, host and port; nil: ``workerConcurrency``.
    public var connectionsPerHost: Int?
    /// Takes outgoing mail; nil sends none.
    public var smtp: SMTPConfiguration?
    /// Whom mail comes from.
    public var mailFrom: MailAddress
    /// Holds an operator's own mail templates.
    public var mailTemplates: String?
    /// Whether the auth routes limit how often one address may call them.
    public var authRateLimit: Switch
}

/// A setting that is on or off.
public enum Switch: String, Sendable, CaseIterable {
    case on, off
}

/// How log lines look.
public enum LogFormat: String, Sendable, CaseIterable {
    /// One JSON object a line, for collectors.
    case json
    /// For eyes at a terminal.
    case pretty
}
