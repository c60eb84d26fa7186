import HTTPTypes
import Primitives
import TypedAPI

/// Names, attributes and signatures of the cookies, and how they are written.
final class AuthCookies: Sendable {
    let sessionToken: String
    let sessionData: String
    let dontRemember: String
    let adminSession: String
    let cache: SessionCache?
    private let signer: CookieSigner
    private let sessionAge: Duration
    private let secure: Bool
    private let domain: String?

    init(
        _ configuration: AuthCookieConfiguration, secure: Bool, sessionAge: Duration, signer: CookieSigner, cache: SessionCache?
    ) {
        let prefix = (secure ? "__Secure-" : "") + configuration.prefix
        self.sessionToken = "\(prefix).session_token"
        self.sessionData = "\(prefix).session_data"
        self.dontRemember = "\(prefix).dont_remember"
        self.adminSession = "\(prefix).admin_session"
        self.cache = cache
        self.signer = signer
        self.sessionAge = sessionAge
        self.secure = secure
        self.domain = configuration.domain
    }

    /// The session token of a request; nil when its cookie is absent or wrongly signed.
    func token(in cookies: RequestCookies) -> String? { cookies[sessionToken].flatMap(signer.open) }

    /// Whether the browser was told to forget the session when it closes.
    func isForgetful(_ cookies: RequestCookies) -> Bool { cookies[dontRemember].flatMap(signer.open) != nil }

    /// The value inside a signed cookie of that name.
    func open(_ name: String, in cookies: RequestCookies) -> String? { cookies[name].flatMap(signer.open) }

    /// A signed token as a cookie carries it; nil when it is not signed by us.
    func signed(_ text: String) -> String? { signer.open(text).map(signer.wireForm) }

    /// A bare token as a cookie carries it.
    func signature(of token: String) -> String { signer.wireForm(of: token) }

    /// The `Set-Cookie` values that begin a session. A browser that was to forget its last session shall remember this one.
    func starting(_ session: AuthSession, remember: Bool, for request: RequestCookies) -> [String] {
        var lines = [line(sessionToken, signer.wireForm(of: session.session.token), maxAge: remember ? sessionAge : nil)]
        lines += caching(session, isForgetful: !remember, for: request)
        if !remember {
            lines.append(line(dontRemember, signer.wireForm(of: "true"), maxAge: nil))
        } else if request[dontRemember] != nil {
            lines.append(expiring(dontRemember))
        }
        return lines
    }

    /// The session's cookies once more, as remembered as the request's.
    func repeating(_ session: AuthSession, for request: RequestCookies) -> [String] {
        let isForgetful = isForgetful(request)
        return [line(sessionToken, signer.wireForm(of: session.session.token), maxAge: isForgetful ? nil : sessionAge)]
            + caching(session, isForgetful: isForgetful, for: request)
    }

    /// The cookies that spare the next requests the look-up; empty where that is off.
    func caching(_ session: AuthSession, isForgetful: Bool, for request: RequestCookies) -> [String] {
        guard let cache, !session.isOfAPIKey, let value = cache.write(session, isForgetful: isForgetful) else { return [] }
        let age = isForgetful ? nil : cache.maxAge
        let whole = line(sessionData, value, maxAge: age)
        let stale = chunkNames(in: request)
        if whole.utf8.count <= Self.chunkLimit { return [whole] + stale.map(expiring) }
        let room = Self.chunkLimit - (whole.utf8.count - value.utf8.count) - 4
        var lines: [String] = []
        var rest = value[...]
        while !rest.isEmpty {
            lines.append(line("\(sessionData).\(lines.count)", String(rest.prefix(room)), maxAge: age))
            rest = rest.dropFirst(room)
        }
        let written = Set(lines.indices.map { "\(sessionData).\($0)" })
        return lines + [expiring(sessionData)] + stale.filter { !written.contains($0) }.map(expiring)
    }

    /// The text of the cache in a request, put together from its chunks.
    func cacheText(in request: RequestCookies) -> String? {
        if let whole = request[sessionData] { return whole }
        let numbers = chunkNames(in: request).compactMap { Int($0.dropFirst(sessionData.count + 1)) }.filter { 0..<100 ~= $0 }.sorted()
        guard !numbers.isEmpty else { return nil }
        return numbers.compactMap { request["\(sessionData).\($0)"] }.joined()
    }

    /// A cache that does not count any more.
    func dropping(cacheOf request: RequestCookies) -> [String] { ([sessionData] + chunkNames(in: request)).map(expiring) }

    /// The `Set-Cookie` values that end a session, with the numbered parts of a large cache that the request carried.
    func ending(for request: RequestCookies) -> [String] {
        ([sessionToken, sessionData] + chunkNames(in: request) + [dontRemember]).map(expiring)
    }

    /// Keeps an admin's own session while another user's is acted in.
    func keepingAdmin(_ token: String, isForgetful: Bool) -> String {
        line(adminSession, signer.wireForm(of: "\(token):\(isForgetful ? "true" : "")"), maxAge: sessionAge)
    }

    /// The admin's own session that ``keepingAdmin(_:isForgetful:)`` kept.
    func keptAdmin(in cookies: RequestCookies) -> (token: String, isForgetful: Bool)? {
        guard let parts = open(adminSession, in: cookies)?.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false),
            let token = parts.first, !token.isEmpty
        else { return nil }
        return (String(token), parts.count == 2 && !parts[1].isEmpty)
    }

    func expiring(_ name: String) -> String { line(name, "", maxAge: .zero) }

    private static let chunkLimit = 4050

    private func chunkNames(in request: RequestCookies) -> [String] {
        request.names.filter {
            $0.hasPrefix(sessionData + ".") && $0.utf8.dropFirst(sessionData.utf8.count + 1).allSatisfy { (48...57).contains($0) }
        }
    }

    private func line(_ name: String, _ value: String, maxAge: Duration?) -> String {
        var text = "\(name)=\(value)"
        if let maxAge { text += "; Max-Age=\(maxAge.components.seconds)" }
        if let domain { text += "; Domain=\(domain)" }
        text += "; Path=/; HttpOnly"
        if secure { text += "; Secure" }
        return text + "; SameSite=Lax"
    }
}
