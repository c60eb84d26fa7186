/// Which origins may act with a user's cookies, and which addresses a user may be sent on to.
struct TrustedOrigins: Sendable {
    private enum Pattern: Sendable {
        case origin(WebOrigin)
        /// Matched against `scheme://host[:port]`, or against `host[:port]` when it holds no scheme.
        case wildcard(String, withScheme: Bool)
        case app(AppURL)
    }

    private let patterns: [Pattern]

    init(own: WebOrigin, trusted: [String]) throws(AuthConfigurationError) {
        var patterns: [Pattern] = [.origin(own)]
        for text in trusted where !text.isEmpty {
            if text.contains("*") || text.contains("?") {
                patterns.append(.wildcard(text, withScheme: text.contains("://")))
            } else if let url = WebURL(text) {
                patterns.append(.origin(url.origin))
            } else if let app = AppURL(text), app.scheme != "http", app.scheme != "https" {
                patterns.append(.app(app))
            } else {
                throw AuthConfigurationError(
                    code: .invalidTrustedOrigin,
                    detail: "The trusted origin \"\(text)\" is none. Write scheme://host[:port], a pattern with * or ?, or an app scheme.")
            }
        }
        self.patterns = patterns
    }

    /// Whether an absolute URL, such as an `Origin` header, belongs to a trusted origin.
    func trusts(_ url: String) -> Bool {
        if let web = WebURL(url) {
            return patterns.contains { pattern in
                switch pattern {
                case .origin(let origin): origin == web.origin
                case .wildcard(let pattern, let withScheme): Wildcard.matches(pattern, withScheme ? web.origin.text : web.origin.authority)
                case .app: false
                }
            }
        }
        guard let app = AppURL(url), app.scheme != "http", app.scheme != "https" else { return false }
        return patterns.contains { pattern in
            if case .app(let trusted) = pattern { trusted.covers(app) } else { false }
        }
    }

    /// Whether a user may be redirected there: a trusted URL, or a plain path of this server.
    func trustsTarget(_ target: String) -> Bool {
        target.hasPrefix("/") ? Self.isPlainPath(target) : trusts(target)
    }

    /// `^/(?!/|\\|%2f|%5c)[\w\-.+/@]*(\?[\w\-.+/=&%@]*)?$`
    private static func isPlainPath(_ text: String) -> Bool {
        let rest = text.dropFirst()
        for trick in ["/", "\\", "%2f", "%5c"] where rest.hasPrefix(trick) { return false }
        let question = rest.utf8.firstIndex(of: UInt8(ascii: "?")) ?? rest.utf8.endIndex
        let path = rest.utf8[..<question]
        let query = rest.utf8[question...].dropFirst()
        return path.allSatisfy { isWord($0) || "-.+/@".utf8.contains($0) }
            && query.allSatisfy { isWord($0) || "-.+/=&%@".utf8.contains($0) }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
