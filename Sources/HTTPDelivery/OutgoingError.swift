/// Why an outgoing request has no response.
public struct OutgoingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kept the response away, for a program to tell apart. The raw value is what records and logs say.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The URL cannot be used: not http or https, malformed, or with credentials in it. Nothing was sent.
        case invalidURL = "invalid_url"
        /// Method, headers or body cannot be sent as they are. Nothing was sent.
        case invalidRequest = "invalid_request"
        /// Every address of the destination is private, loopback, link-local or otherwise not public. Nothing was sent.
        case blockedAddress = "blocked_address"
        /// The host name has no address, or the name server did not answer. Nothing was sent.
        case resolutionFailed = "resolution_failed"
        /// No address accepted the connection. Nothing was sent.
        case connectFailed = "connect_failed"
        /// The TLS handshake failed or the certificate is not trusted. Nothing was sent.
        case tlsFailed = "tls_failed"
        /// The time of the request, or for connecting, was up. The receiver may have the request.
        case timedOut = "timed_out"
        /// Too many requests were in flight for this one to be sent in its time. Nothing was sent.
        case overloaded
        /// The task was cancelled. The receiver may have the request.
        case cancelled
        /// The connection broke or the answer is not proper HTTP. The receiver may have the request.
        case protocolError = "protocol_error"
        /// The client was closed. If the request was in flight, the receiver may have it.
        case closed
        /// A setting, or the libcurl that was found, cannot be used.
        case invalidConfiguration = "invalid_configuration"
        /// The system refused memory, a thread or the like.
        case systemFailure = "system_failure"
    }

    public let code: Code
    /// A sentence for whoever owns the destination. It names neither resolved addresses nor bodies nor header values.
    public let detail: String

    public init(code: Code, detail: String) {
        self.code = code
        self.detail = detail
    }

    init(_ code: Code, _ detail: String) { self.init(code: code, detail: detail) }

    public var description: String { "\(code.rawValue): \(detail)" }
}
