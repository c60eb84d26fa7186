public struct AuthCookieConfiguration: Sendable {
    /// What cookie names begin with.
    public var prefix = "better-auth"
    /// `Secure` and the `__Secure-` name; nil means: when the base URL is https.
    public var secure: Bool?
    /// The `Domain` attribute; nil sends none, so that the cookie stays with the host.
    public var domain: String?

    public init() {}
}

public struct AuthSessionConfiguration: Sendable {
    /// How long a session lasts from its start or its last refresh.
    public var expiresIn: Duration = .seconds(604_800)
    /// A session in use is refreshed once it is this old, counted from its last refresh.
    public var updateAge: Duration = .seconds(86400)
    /// How long after its creation a session counts as fresh; zero: always.
    public var freshAge: Duration = .seconds(86400)
    public var refreshes = true
    /// Reading never writes: the answer says whether a refresh is due, and `POST /get-session` does it.
    public var defersRefresh = false
    /// Off unless set: every request looks its session up.
    public var cookieCache: AuthCookieCacheConfiguration?

    public init() {}
}

/// Keeps the session in a cookie for a short while. A session revoked meanwhile is noticed when that while is over.
public struct AuthCookieCacheConfiguration: Sendable {
    public enum Strategy: Sendable {
        /// Signed, in better-auth's own form.
        case compact
        /// Signed, as any reader of JSON Web Tokens understands it.
        case jwt
        /// Encrypted too: the browser cannot read it.
        case jwe
    }

    public var maxAge: Duration = .seconds(300)
    public var strategy = Strategy.compact
    /// Another one makes every cache in the browsers worthless.
    public var version = "1"

    public init() {}
}

public struct BearerConfiguration: Sendable {
    /// Whether `Authorization: Bearer` may stand for the session's cookie.
    public var isEnabled = false
    /// Whether the bare token of a session is refused.
    public var requiresSignature = false

    public init() {}
}
