import CCurl
import Primitives

/// A URL that was taken apart by the parser that will also dial it, so that what is judged is what is used.
struct Destination: Hashable, Sendable {
    /// As libcurl writes it: dot segments resolved, odd spellings of IPv4 addresses in the usual form.
    let url: String
    /// Lower case, without brackets or final dot: a name, or an address in usual form.
    let host: String
    /// `scheme://host:port`: requests of one origin can share connections.
    let origin: String

    static let maximumLength = 8192

    init(_ text: String) throws(OutgoingError) {
        try Self.checkSpelling(text)
        guard let parts = curl_url() else { throw OutgoingError(.systemFailure, "The system refused memory.") }
        defer { curl_url_cleanup(parts) }
        let code = curl_url_set(parts, CURLUPART_URL, text, UInt32(CURLU_DISALLOW_USER))
        guard code == CURLUE_OK else { throw Self.error(code) }
        guard let scheme = Self.part(CURLUPART_SCHEME, of: parts)?.lowercased(), scheme == "http" || scheme == "https" else {
            throw OutgoingError(.invalidURL, "The URL must begin with http:// or https://.")
        }
        guard Self.part(CURLUPART_USER, of: parts) == nil, Self.part(CURLUPART_PASSWORD, of: parts) == nil else {
            throw Self.error(CURLUE_USER_NOT_ALLOWED)
        }
        guard let host = Self.part(CURLUPART_HOST, of: parts), !host.isEmpty, let port = Self.part(CURLUPART_PORT, of: parts),
            let url = Self.part(CURLUPART_URL, of: parts)
        else { throw OutgoingError(.invalidURL, "The URL has no host.") }
        guard let number = UInt16(port), number > 0 else {
            throw OutgoingError(.invalidURL, "The URL's port must be 1 to 65535.")
        }
        self.url = url
        self.host = try Self.bareHost(host)
        self.origin = "\(scheme)://\(host.lowercased()):\(port)"
    }

    /// Characters and forms that URL parsers read in different ways have no business in a destination.
    private static func checkSpelling(_ text: String) throws(OutgoingError) {
        guard text.utf8.count <= maximumLength else {
            throw OutgoingError(.invalidURL, "The URL is longer than \(maximumLength) bytes.")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x5c }) else {
            throw OutgoingError(
                .invalidURL, "The URL has spaces, control characters, backslashes or characters outside ASCII: percent-encode them.")
        }
        let lowered = text.prefix(9).lowercased()
        let start = lowered.hasPrefix("http://") ? 7 : lowered.hasPrefix("https://") ? 8 : 0
        guard start > 0 else { throw OutgoingError(.invalidURL, "The URL must begin with http:// or https://.") }
        guard let first = text.dropFirst(start).first, !"/?#:".contains(first) else {
            throw OutgoingError(.invalidURL, "The URL has no host.")
        }
    }

    /// Decoded, a host may hold what the raw text could not: another layer of encoding, or characters that IDNA maps to digits and dots.
    private static func bareHost(_ host: String) throws(OutgoingError) -> String {
        if host.hasPrefix("["), host.hasSuffix("]") { return HostName.canonical(String(host.dropFirst().dropLast())) }
        guard host.utf8.allSatisfy(HostName.isAllowed) else {
            throw OutgoingError(
                .invalidURL, "The URL's host has characters other than letters, digits, dots and hyphens: write other names in Punycode.")
        }
        // Name servers and C libraries disagree about what looks like an address and is none.
        guard !HostName.endsInNumber(host) || IPAddress(host) != nil else {
            throw OutgoingError(.invalidURL, "The URL's host looks like an IPv4 address and is none.")
        }
        return HostName.canonical(host)
    }

    private static func part(_ part: CURLUPart, of parts: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        let flags = part == CURLUPART_PORT ? UInt32(CURLU_DEFAULT_PORT) : 0
        guard curl_url_get(parts, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    private static func error(_ code: CURLUcode) -> OutgoingError {
        if code == CURLUE_USER_NOT_ALLOWED {
            return OutgoingError(.invalidURL, "The URL has a user name or password in it: send them in a header.")
        }
        return OutgoingError(.invalidURL, "The URL cannot be read: \(String(cString: curl_url_strerror(code))).")
    }
}
