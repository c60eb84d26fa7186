/// Why a message could not be written or handed over.
public struct MailError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong, for a program to tell apart.
    public enum Code: String, Sendable {
        /// An address, header or server URL that cannot be used.
        case invalid
        /// The server could not be reached, or the connection broke.
        case unreachable
        /// The server's certificate is not trusted, or it offers no TLS where TLS is required.
        case insecure
        /// The server did not accept user and password.
        case unauthorized
        /// The server refused for now: a 4xx reply.
        case deferred
        /// The server refused for good: a 5xx reply.
        case refused
        /// Too many messages are waiting, or the caller was cancelled.
        case busy
        /// The libcurl of this system cannot do it.
        case unsupported
    }

    public let code: Code
    /// For the operator; holds no password and nothing of the message's content.
    public let detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// Whether the same message may be accepted later.
    public var isTransient: Bool {
        switch code {
        case .unreachable, .deferred, .busy: true
        case .invalid, .insecure, .unauthorized, .refused, .unsupported: false
        }
    }

    public var description: String { detail }
}
