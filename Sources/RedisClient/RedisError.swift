/// Why a command has no answer.
///
/// The text never contains arguments, which may be secrets.
public struct RedisError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of trouble it is, for a program to tell apart.
    public enum Code: String, Sendable {
        /// The URL or an option cannot be used.
        case invalidConfiguration
        /// No connection could be made.
        case connectionFailed
        /// The server refused the user name or password, or its own certificate is not to be trusted.
        case authenticationFailed
        /// The connection broke after the command was sent: it may or may not have run.
        case connectionLost
        /// No reply within the deadline.
        case timedOut
        /// The calling task was cancelled.
        case cancelled
        /// The client was closed, or its `run()` has ended.
        case closed
        /// The server answered with an error, see ``RedisError/server``.
        case server
        /// The server sent something that is not RESP.
        case protocolError
        /// The reply has another shape than the command promises.
        case unexpectedReply
    }

    public let code: Code
    /// Written for an operator: what happened and what to do.
    public let message: String
    /// The server's own error, when ``code`` is ``Code/server`` or ``Code/authenticationFailed``.
    public let server: RedisServerError?
    /// True only if the command certainly did not run, so that sending it again cannot do it twice.
    public let isRetrySafe: Bool

    public init(_ code: Code, _ message: String, server: RedisServerError? = nil, isRetrySafe: Bool = false) {
        self.code = code
        self.message = message
        self.server = server
        self.isRetrySafe = isRetrySafe
    }

    public var description: String { "Redis: \(message) (\(code.rawValue))" }

    /// True when the trouble is the way to the server rather than the command: waiting and trying again may help.
    public var isConnectionTrouble: Bool {
        switch code {
        case .connectionFailed, .connectionLost, .timedOut, .protocolError: true
        // A server that is loading its data, or that runs a long script, is as good as absent for the moment.
        case .server: server.map { ["LOADING", "BUSY", "MASTERDOWN", "TRYAGAIN"].contains($0.prefix) } ?? false
        case .invalidConfiguration, .authenticationFailed, .cancelled, .closed, .unexpectedReply: false
        }
    }
}

extension RedisError {
    init(server error: RedisServerError) {
        // The server refuses before it runs anything for these.
        let refused = ["NOSCRIPT", "LOADING", "BUSY", "NOAUTH", "NOPERM", "READONLY", "MASTERDOWN", "MISCONF"].contains(error.prefix)
        self.init(.server, error.message, server: error, isRetrySafe: refused)
    }
}
