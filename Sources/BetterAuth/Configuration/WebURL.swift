/// Scheme, host and port of an http or https URL, in lower case; the default port is left out.
struct WebOrigin: Hashable, Sendable {
    var scheme: String
    var host: String
    var port: Int?

    /// `host[:port]`
    var authority: String { port.map { "\(host):\($0)" } ?? host }
    /// `scheme://host[:port]`
    var text: String { "\(scheme)://\(authority)" }
}

/// An http or https URL, read strictly: whatever browsers might read in more than one way is no URL here.
struct WebURL: Sendable {
    let origin: WebOrigin
    /// Empty or with a leading slash; without query and fragment.
    let path: String

    init?(_ text: String) {
        guard let colon = text.range(of: "://") else { return nil }
        let scheme = text[..<colon.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        // Backslashes, blanks, controls and non-ASCII change meaning between parsers.
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\") }) else { return nil }
        let rest = text[colon.upperBound...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        guard let (host, port) = Self.splitAuthority(rest[..<end]) else { return nil }
        let defaultPort = scheme == "https" ? 443 : 80
        origin = WebOrigin(scheme: scheme, host: host.lowercased(), port: port == defaultPort ? nil : port)
        path = String(rest[end...].prefix { $0 != "?" && $0 != "#" })
    }

    private static func splitAuthority(_ text: Substring) -> (host: Substring, port: Int?)? {
        // No user information: `https://trusted@evil` has misled too many readers.
        guard !text.contains("@"), !text.contains("%") else { return nil }
        let portStart: Substring.Index
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { return nil }
            portStart = text.index(after: close)
        } else {
            portStart = text.firstIndex(of: ":") ?? text.endIndex
        }
        let host = text[..<portStart]
        guard !host.isEmpty else { return nil }
        guard portStart < text.endIndex else { return (host, nil) }
        guard text[portStart] == ":" else { return nil }
        let digits = text[text.index(after: portStart)...]
        if digits.isEmpty { return (host, nil) }
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits), (1...65535).contains(port) else { return nil }
        return (host, port)
    }
}

extension String {
    /// The first place of a text; so that this file needs no Foundation.
    fileprivate func range(of needle: String) -> Range<String.Index>? { self.ranges(of: needle).first }
}
