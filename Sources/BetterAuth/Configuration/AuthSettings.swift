import Primitives

/// The configuration after its checks, with what is derived from it once.
///
/// A class, as are the others that many parts hold: what copies a value of a hundred fields is more code than most parts have of their own.
final class AuthSettings: Sendable {
    let configuration: AuthConfiguration
    /// Begins with a slash and has none at its end.
    let basePath: String
    let origins: TrustedOrigins
    let cookies: AuthCookies
    /// `https://host/api/auth`: what links in mail begin with.
    let baseURL: String
    let origin: WebOrigin
    let emailTokens: EmailTokens
    let invitationTokens: InvitationTokens

    init(_ configuration: AuthConfiguration) throws(AuthConfigurationError) {
        guard configuration.secret.text.count >= 32 else {
            throw AuthConfigurationError(
                code: .secretTooShort,
                detail: "The auth secret has fewer than 32 characters. Set one, for example from `openssl rand -base64 32`.")
        }
        guard let base = WebURL(configuration.baseURL) else {
            throw AuthConfigurationError(
                code: .invalidBaseURL, detail: "The base URL must be http:// or https:// with a host, such as https://app.example.com.")
        }
        try Self.check(configuration.apiKeys)
        let ages = [
            ("session's expiresIn", configuration.session.expiresIn), ("cookie cache's maxAge", configuration.session.cookieCache?.maxAge),
        ]
        for case (let label, let age?) in ages where age <= .zero || age > .seconds(400 * 86400) {
            throw AuthConfigurationError(code: .invalidCookieAge, detail: "The \(label) must be above zero and at most 400 days.")
        }
        let path = base.path.hasSuffix("/") ? String(base.path.dropLast()) : base.path
        self.configuration = configuration
        self.basePath = path.isEmpty ? "/api/auth" : path
        self.origins = try TrustedOrigins(own: base.origin, trusted: configuration.trustedOrigins)
        self.cookies = AuthCookies(
            configuration.cookies,
            secure: configuration.cookies.secure ?? (base.origin.scheme == "https"),
            sessionAge: configuration.session.expiresIn,
            signer: CookieSigner(secret: configuration.secret.text),
            cache: configuration.session.cookieCache.map {
                SessionCache($0, secret: configuration.secret.text, now: configuration.now)
            }
        )
        self.origin = base.origin
        self.baseURL = base.origin.text + basePath
        self.invitationTokens = InvitationTokens(secret: configuration.secret.text)
        self.emailTokens = EmailTokens(secret: configuration.secret.text, lasts: configuration.emailVerification.expiresIn)
    }

    /// The time in the precision that better-auth stores.
    var now: Timestamp { configuration.now().roundedToMilliseconds }

    /// A target as a whole URL; a path is one of the base URL's origin.
    func absolute(_ target: String) -> String { target.hasPrefix("/") ? origin.text + target : target }

    private static func check(_ configurations: [APIKeyConfiguration]) throws(AuthConfigurationError) {
        guard Set(configurations.map(\.id)).count == configurations.count else {
            throw AuthConfigurationError(
                code: .invalidAPIKeyConfiguration, detail: "Two API-key configurations have the same id. Give each its own.")
        }
        for configuration in configurations {
            guard configuration.length >= 32, configuration.visibleCharacters < configuration.length / 2 else {
                throw AuthConfigurationError(
                    code: .invalidAPIKeyConfiguration,
                    detail: "API-key configuration \(configuration.id): keys need 32 or more random letters, and show fewer than half.")
            }
        }
    }
}

extension String {
    /// This URL with one more parameter, before its fragment.
    func addingQuery(_ name: String, _ value: String) -> String {
        let fragment = firstIndex(of: "#") ?? endIndex
        let separator = self[..<fragment].contains("?") ? "&" : "?"
        return self[..<fragment] + "\(separator)\(name)=\(PercentEncoding.encodeComponent(value))" + self[fragment...]
    }
}
