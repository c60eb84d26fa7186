import HTTPTypes

/// `Authorization: Bearer` in place of the session's cookie, for clients without cookies.
struct BearerTokens: Sendable {
    private let cookies: AuthCookies
    private let requiresSignature: Bool
    private static let tokenHeader = "set-auth-token"

    init(_ settings: AuthSettings) {
        cookies = settings.cookies
        requiresSignature = settings.configuration.bearer.requiresSignature
    }

    /// Acts as if the session's cookie had been sent. A token with a wrong signature is not looked at.
    func apply(to call: inout AuthCall) { apply(call.headers, to: &call.cookies) }

    func apply(_ headers: HTTPFields, to sent: inout RequestCookies) {
        guard let header = headers[.authorization] else { return }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return }
        let token = String(parts[1][...].trimmingBlanks)
        guard !token.isEmpty, token.utf8.count <= 512 else { return }
        if let value = cookies.signed(token) {
            sent.replace(cookies.sessionToken, with: value)
        } else if !token.contains("."), !requiresSignature {
            sent.replace(cookies.sessionToken, with: cookies.signature(of: token))
        }
    }

    /// Tells the token of a session that begins or goes on, signed.
    func tell(_ setCookies: [String], in headers: inout HTTPFields) {
        let prefix = cookies.sessionToken + "="
        guard let name = HTTPField.Name(Self.tokenHeader),
            let cookie = setCookies.last(where: { $0.hasPrefix(prefix) })?.dropFirst(prefix.count).prefix(while: { $0 != ";" }),
            !cookie.isEmpty, let value = PercentEncoding.decode(cookie)
        else { return }
        headers[name] = value
        if let expose = HTTPField.Name("access-control-expose-headers") {
            headers[expose] = (headers[expose].map { $0 + ", " } ?? "") + Self.tokenHeader
        }
    }
}
