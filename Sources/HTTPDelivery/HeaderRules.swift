/// What may stand in a request's header and method (RFC 9110 §5).
enum HeaderRules {
    /// Names that frame the message or steer the connection: a caller who sets them could smuggle a second request.
    private static let reserved: Set<String> = [
        "connection", "content-length", "expect", "host", "http2-settings", "keep-alive", "proxy-authorization", "proxy-connection", "te",
        "trailer", "transfer-encoding", "upgrade",
    ]
    static let maximumBytes = 65536

    static func validate(_ headers: [(String, String)]) throws(OutgoingError) {
        var total = 0
        for (name, value) in headers {
            guard isToken(name) else {
                throw OutgoingError(.invalidRequest, "A header's name has characters other than letters, digits and !#$%&'*+-.^_`|~.")
            }
            guard !reserved.contains(name.lowercased()) else {
                throw OutgoingError(.invalidRequest, "The header \(name) is set by the client: leave it out.")
            }
            guard isValidValue(value) else {
                throw OutgoingError(.invalidRequest, "The value of the header \(name) has a line break or another control character.")
            }
            total += name.utf8.count + value.utf8.count + 4
        }
        guard total <= maximumBytes else {
            throw OutgoingError(.invalidRequest, "The headers are \(total) bytes long: at most \(maximumBytes) are sent.")
        }
    }

    static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                case 0x21, 0x23...0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x5e...0x60, 0x7c, 0x7e: true
                default: false
                }
            }
    }

    /// No control character but the tab.
    static func isValidValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }
    }
}
