import Crypto
import Foundation
import JSON
import Primitives
import TypedAPI

/// The session and its user inside a signed or encrypted cookie, so that most requests need no look-up. What was revoked meanwhile is noticed only once
/// the cookie has run out.
struct SessionCache: Sendable {
    let maxAge: Duration
    private let strategy: AuthCookieCacheConfiguration.Strategy
    private let version: String
    private let key: SymmetricKey
    private let encryption: JWE
    private let now: @Sendable () -> Timestamp

    init(_ configuration: AuthCookieCacheConfiguration, secret: String, now: @escaping @Sendable () -> Timestamp) {
        maxAge = configuration.maxAge
        strategy = configuration.strategy
        version = configuration.version
        key = SymmetricKey(data: Array(secret.utf8))
        encryption = JWE(secret: secret, salt: "better-auth-session")
        self.now = now
    }

    /// Clocks may differ by so much, for those who read an encrypted cache.
    private static let tolerance: Int64 = 15

    /// nil only where nothing can be encrypted.
    func write(_ session: AuthSession, isForgetful: Bool) -> String? {
        let time = now().milliseconds
        var content: JSONObject = [
            "session": session.view.jsonValue(), "user": UserView(session.user).jsonValue(), "updatedAt": .number(time),
            "version": .string(version),
        ]
        switch strategy {
        case .compact:
            let expiry = time + (isForgetful ? 60_000 : maxAge.milliseconds)
            let envelope: JSONObject = [
                "session": .object(content), "expiresAt": .number(expiry), "signature": .string(signature(of: content, expiry)),
            ]
            return Base64URL.encode(JSONValue.object(envelope).bytes())
        case .jwt, .jwe:
            content["iat"] = .number(time / 1000)
            content["exp"] = .number(time / 1000 + (isForgetful ? 300 : maxAge.components.seconds))
            if strategy == .jwt { return JWT.sign(content, key: key) }
            content["jti"] = .string(UUID().uuidString.lowercased())
            return encryption.seal(content)
        }
    }

    /// The session of a cookie's text; nil when its signature is wrong, it has run out, or it belongs to another session than `token`.
    func read(_ text: String, token: String) -> AuthSession? {
        let decoded = PercentEncoding.decode(text) ?? text
        guard let content = content(of: decoded),
            (content["version"]?.string ?? "1") == version,
            let sessionBytes = content["session"]?.bytes(), let userBytes = content["user"]?.bytes(),
            let session = try? SessionView.parse(sessionBytes), let user = try? UserView.parse(userBytes),
            constantTimeEquals(session.token, token), session.expiresAt > now()
        else { return nil }
        return AuthSession(user: user.user, session: session.record, activeTeam: session.activeTeamID)
    }

    private func content(of text: String) -> JSONObject? {
        switch strategy {
        case .compact: compactContent(text)
        case .jwt: unexpired(JWT.verify(text, key: key), tolerance: 0)
        case .jwe: unexpired(encryption.open(text), tolerance: Self.tolerance)
        }
    }

    private func compactContent(_ text: String) -> JSONObject? {
        guard let bytes = Base64URL.decode(text), let envelope = try? JSONValue(parsing: bytes), let content = envelope["session"]?.object,
            let expiry = envelope["expiresAt"]?.int, let given = envelope["signature"]?.string,
            constantTimeEquals(given, signature(of: content, Int64(expiry))), Int64(expiry) > now().milliseconds
        else { return nil }
        return content
    }

    private func unexpired(_ claims: JSONObject?, tolerance: Int64) -> JSONObject? {
        guard let claims, let expiry = claims["exp"]?.int, Int64(expiry) + tolerance > now().seconds else { return nil }
        return claims
    }

    /// Over the content's text with the expiry put behind its members, as JavaScript would write it.
    private func signature(of content: JSONObject, _ expiry: Int64) -> String {
        var signed = content
        signed["expiresAt"] = .number(expiry)
        return Base64URL.encode(Array(HMAC<SHA256>.authenticationCode(for: JSONValue.object(signed).bytes(), using: key)))
    }
}
