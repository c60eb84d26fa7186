/// A request that may be handed to libcurl: nothing in it can break out of its place.
struct CheckedRequest: Sendable {
    let destination: Destination
    let method: String
    /// Complete lines as libcurl wants them.
    let headerLines: [String]
    let body: [UInt8]
    let timeout: Duration
    let maximumWait: Duration
    let maximumResponseBytes: Int

    static let maximumTimeout = Duration.seconds(86_400)

    init(_ request: OutgoingRequest) throws(OutgoingError) {
        self.destination = try Destination(request.url)
        try Self.checkMethod(request.method)
        try HeaderRules.validate(request.headers)
        guard request.timeout > .zero, request.timeout <= Self.maximumTimeout else {
            throw OutgoingError(.invalidRequest, "The timeout must be more than zero and at most a day.")
        }
        guard request.maximumWait.map({ $0 >= .zero && $0 <= Self.maximumTimeout }) ?? true else {
            throw OutgoingError(.invalidRequest, "maximumWait must be zero or more and at most a day.")
        }
        guard request.maximumResponseBytes >= 0 else {
            throw OutgoingError(.invalidRequest, "maximumResponseBytes must not be negative.")
        }
        guard request.method != "HEAD" || request.body.isEmpty else {
            throw OutgoingError(.invalidRequest, "A HEAD request has no body.")
        }
        self.method = request.method
        self.headerLines = Self.lines(request.headers)
        self.body = request.body
        self.timeout = request.timeout
        self.maximumWait = request.maximumWait ?? request.timeout
        self.maximumResponseBytes = request.maximumResponseBytes
    }

    private static func checkMethod(_ method: String) throws(OutgoingError) {
        guard HeaderRules.isToken(method), method.utf8.count <= 32, method == method.uppercased() else {
            throw OutgoingError(.invalidRequest, "The method must be an HTTP method in upper case, such as POST.")
        }
        guard method != "CONNECT", method != "TRACE" else {
            throw OutgoingError(.invalidRequest, "The method \(method) is not sent.")
        }
    }

    private static func lines(_ headers: [(String, String)]) -> [String] {
        var lines = headers.map { name, value in
            // libcurl takes a colon with nothing behind it as "do not send"; a semicolon sends the empty header.
            value.allSatisfy { $0 == " " || $0 == "\t" } ? "\(name);" : "\(name): \(value)"
        }
        // It would say application/x-www-form-urlencoded by itself, and wait for a "100 Continue" before a large body.
        if !headers.contains(where: { $0.0.lowercased() == "content-type" }) { lines.append("Content-Type:") }
        lines.append("Expect:")
        return lines
    }
}
