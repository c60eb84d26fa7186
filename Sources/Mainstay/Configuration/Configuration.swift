public import HTTPDelivery
public import Logging
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
    /// Origins that browsers may send cookies from, besides ``baseURL``.
    public var trustedOrigins: [String]
    /// Proxies whose word about their callers is taken.
    public var trustedProxies: [AddressBlock] = []
    /// Origins whose pages may call `/v1` from a browser; `*` is every one.
    public var corsOrigins: [String] = []
    /// What scrapers of `/metrics` must show; nil lets anyone read.
    public var metricsToken: String?
    public var encryptionKeys: EncryptionKeys
    public var logLevel: Logger.Level
    public var logFormat: LogFormat
    /// Private destinations that deliveries may reach all the same.
    public var outgoingAllow: [AllowedDestination]
    /// From the signal to the forced end.
    public var shutdownGrace: Duration
    /// PostgreSQL connections of one pool; a process has two pools.
    public var maximumPoolSize: Int
    /// Deliveries under way at once in one worker.
    public var workerConcurrency: Int
}

/// How log lines look.
public enum LogFormat: String, Sendable, CaseIterable {
    /// One JSON object a line, for collectors.
    case json
    /// For eyes at a terminal.
    case pretty
}

/// Everything that is wrong with a configuration, at once.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    public struct Item: Sendable {
        /// The environment variable's name.
        public let name: String
        /// What it should have been, with an example; never the value it had.
        public let expected: String
    }

    public let problems: [Item]

    public var description: String {
        let lines = problems.map { "  \($0.name): \($0.expected)" }
        return "The configuration has \(problems.count) problem\(problems.count == 1 ? "" : "s"):\n" + lines.joined(separator: "\n")
    }
}
