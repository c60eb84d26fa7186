import Primitives

/// Names, attributes and signatures of the cookies, and how they are written.
struct AuthCookies: Sendable {
    let sessionToken: String
    let sessionData: String
    let dontRemember: String
    private let signer: CookieSigner
    private let sessionAge: Duration
    private let secure: Bool
    private let domain: String?

    init(_ configuration: AuthCookieConfiguration, secure: Bool, sessionAge: Duration, signer: CookieSigner) {
        let prefix = (secure ? "__Secure-" : "") + configuration.prefix
        self.sessionToken = "\(prefix).session_token"
        self.sessionData = "\(prefix).session_data"
        self.dontRemember = "\(prefix).dont_remember"
        self.signer = signer
        self.sessionAge = sessionAge
        self.secure = secure
        self.domain = configuration.domain
    }

    /// The session token of a request; nil when its cookie is absent or wrongly signed.
    func token(in cookies: RequestCookies) -> String? { cookies[sessionToken].flatMap(signer.open) }

    /// Whether the browser was told to forget the session when it closes.
    func isForgetful(_ cookies: RequestCookies) -> Bool { cookies[dontRemember].flatMap(signer.open) != nil }

    /// The `Set-Cookie` values that begin or continue a session.
    func starting(_ token: String, remember: Bool) -> [String] {
        let session = line(sessionToken, signer.wireForm(of: token), maxAge: remember ? sessionAge : nil)
        return remember ? [session] : [session, line(dontRemember, signer.wireForm(of: "true"), maxAge: nil)]
    }

    /// The session's cookie once more, as remembered as the request's.
    func repeating(_ token: String, for cookies: RequestCookies) -> [String] {
        [line(sessionToken, signer.wireForm(of: token), maxAge: isForgetful(cookies) ? nil : sessionAge)]
    }

    /// The `Set-Cookie` values that end a session, with the numbered parts of a large cache that the request carried.
    func ending(for cookies: RequestCookies) -> [String] {
        let chunks = cookies.names.filter { $0.hasPrefix(sessionData + ".") }
        return ([sessionToken, sessionData] + chunks + [dontRemember]).map(expiring)
    }

    /// Forgets the wish to be forgotten.
    func remembering() -> String { expiring(dontRemember) }

    private func expiring(_ name: String) -> String { line(name, "", maxAge: .zero) }

    private func line(_ name: String, _ value: String, maxAge: Duration?) -> String {
        var text = "\(name)=\(value)"
        if let maxAge { text += "; Max-Age=\(maxAge.components.seconds)" }
        if let domain { text += "; Domain=\(domain)" }
        text += "; Path=/; HttpOnly"
        if secure { text += "; Secure" }
        return text + "; SameSite=Lax"
    }
}
