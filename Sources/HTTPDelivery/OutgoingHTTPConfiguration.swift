#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Settings of an ``OutgoingHTTP``. The defaults suit the delivery of webhooks.
public struct OutgoingHTTPConfiguration: Sendable {
    /// Destinations that may be reached although their addresses are not public. None by default.
    public var allow: [AllowedDestination]
    /// Resolving, connecting and the TLS handshake together, within the request's own timeout.
    public var connectTimeout: Duration
    /// Requests in flight at once, 1 or more; those beyond wait for their turn, ``OutgoingRequest/maximumWait`` at most.
    public var maximumConnections: Int
    /// Requests in flight at once to one scheme, host and port, 1 or more.
    public var maximumConnectionsPerHost: Int
    /// Sent where a request has no `User-Agent` of its own.
    public var userAgent: String
    /// How long an unused connection is kept, in whole seconds, 1 or more; it is closed some seconds later at the latest.
    public var idleTimeout: Duration = .seconds(60)
    /// How long a connection is used at most, so that a destination that moves to other addresses is followed. It is looked at when the
    /// connection is idle: one of HTTP/2 that never is, is kept.
    public var connectionLifetime: Duration = .seconds(300)
    /// How much of a body beyond ``OutgoingRequest/maximumResponseBytes`` is read and dropped to save the connection; it is closed
    /// when more comes.
    public var maximumDiscardedBytes: Int = 1 << 20
    /// How long such dropping may take.
    public var maximumDiscardTime: Duration = .seconds(1)
    /// All headers of a response together, interim responses and trailers included; more is a `.protocolError`.
    public var maximumHeaderBytes: Int = 65536
    /// A file of certificates (PEM) to trust in place of the system's.
    public var certificateAuthorities: String?

    public init(
        allow: [AllowedDestination] = [], connectTimeout: Duration = .seconds(10), maximumConnections: Int = 256,
        maximumConnectionsPerHost: Int = 32, userAgent: String = "HTTPDelivery"
    ) {
        self.allow = allow
        self.connectTimeout = connectTimeout
        self.maximumConnections = maximumConnections
        self.maximumConnectionsPerHost = maximumConnectionsPerHost
        self.userAgent = userAgent
    }

    func validate() throws(OutgoingError) {
        guard maximumConnections >= 1, maximumConnectionsPerHost >= 1 else {
            throw OutgoingError(.invalidConfiguration, "maximumConnections and maximumConnectionsPerHost must be 1 or more.")
        }
        guard connectTimeout > .zero else { throw OutgoingError(.invalidConfiguration, "connectTimeout must be more than zero.") }
        if let certificateAuthorities, access(certificateAuthorities, R_OK) != 0 {
            throw OutgoingError(
                .invalidConfiguration,
                "certificateAuthorities must be a file of certificates (PEM): \(certificateAuthorities) cannot be read.")
        }
        guard HeaderRules.isValidValue(userAgent) else {
            throw OutgoingError(.invalidConfiguration, "userAgent must be a single line of printable text.")
        }
    }
}
