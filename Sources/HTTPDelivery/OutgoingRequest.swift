/// One HTTP request to a destination that somebody else chose.
public struct OutgoingRequest: Sendable {
    /// In upper case, as HTTP methods are case-sensitive.
    public var method: String
    /// Absolute, `http` or `https`, in ASCII: other characters percent-encoded, international host names in Punycode.
    public var url: String
    /// Sent in order. Names that frame the message (`Host`, `Content-Length`, `Connection` …) are refused: they are set here.
    public var headers: [(String, String)]
    public var body: [UInt8]
    /// From the start of the transfer to the last byte of the response. Waiting for a turn is not part of it: the receiver is not to blame.
    public var timeout: Duration
    /// How long the request may wait for its turn before it fails with ``OutgoingError/Code/overloaded``, unsent; nil: as long as
    /// ``timeout``.
    public var maximumWait: Duration?
    /// How much of the response's body is kept.
    public var maximumResponseBytes: Int

    public init(
        method: String = "POST", url: String, headers: [(String, String)] = [], body: [UInt8] = [],
        timeout: Duration = .seconds(30), maximumWait: Duration? = nil, maximumResponseBytes: Int = 65536
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.maximumWait = maximumWait
        self.maximumResponseBytes = maximumResponseBytes
    }
}

/// What the destination answered, whatever its status: 404, 500 and redirects are responses, not errors.
public struct OutgoingResponse: Sendable {
    public let status: Int
    /// In the order received, names as received. Values that are not UTF-8 are repaired. Trailers are left out.
    public let headers: [(String, String)]
    /// At most ``OutgoingRequest/maximumResponseBytes`` bytes, not decompressed.
    public let body: [UInt8]
    /// Whether the body was longer than what was kept, broke off, or was not over when the time was.
    public let isTruncated: Bool
    /// Where the time went.
    public let timing: OutgoingTiming
    /// The numeric address that was dialled, without port.
    public let remoteAddress: String?

    /// The first value of the header with this name, in any case.
    public func header(_ name: String) -> String? {
        headers.first { $0.0.lowercased() == name.lowercased() }?.1
    }
}

/// Where the time of a request went, in microseconds. On a reused connection `dns`, `connect` and `tls` are zero.
public struct OutgoingTiming: Hashable, Sendable {
    /// Resolving the host name.
    public let dns: Duration
    /// Opening the TCP connection.
    public let connect: Duration
    /// The TLS handshake; zero for `http`.
    public let tls: Duration
    /// From the moment the connection was ready to the first byte of the response: sending the request and the receiver's own time.
    public let firstByte: Duration
    /// From start to end. Waiting for a free connection is not part of it.
    public let total: Duration
}
