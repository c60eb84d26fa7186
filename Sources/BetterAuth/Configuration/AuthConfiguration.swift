public import Primitives

/// Everything `Auth` can be told. The defaults are better-auth's own.
public struct AuthConfiguration: Sendable {
    /// The public origin, such as `https://app.example.com`. A path in it replaces `/api/auth`.
    public var baseURL: String
    /// Signs cookies; at least 32 characters. Servers that share sessions share it.
    public var secret: AuthSecret
    /// Origins that may call with cookies, besides the one of `baseURL`; `*` and `?` are wildcards. Empty entries are ignored.
    public var trustedOrigins: [String]
    /// Exact paths, below the base path, that answer 404.
    public var disabledPaths: Set<String> = []
    public var cookies = AuthCookieConfiguration()
    public var session = AuthSessionConfiguration()
    public var emailAndPassword = EmailAndPasswordConfiguration()
    public var organizations = OrganizationConfiguration()
    /// The kinds of API keys, each with its own id.
    public var apiKeys: [APIKeyConfiguration]
    /// The role column of new users; comma-joined when several.
    public var defaultUserRole = "user"
    /// Larger request bodies are refused with 413.
    public var maximumBodyBytes = 256 << 10
    /// The time; tests hand in their own.
    public var now: @Sendable () -> Timestamp = { .now }

    public init(
        baseURL: String, secret: String, trustedOrigins: [String] = [], apiKeys: [APIKeyConfiguration] = [.userOwned, .organizationOwned]
    ) {
        self.baseURL = baseURL
        self.secret = AuthSecret(secret)
        self.trustedOrigins = trustedOrigins
        self.apiKeys = apiKeys
    }
}

/// A text that never shows in descriptions, dumps or logs.
public struct AuthSecret: Sendable, CustomStringConvertible, CustomReflectable {
    let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

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
    /// How long after its creation a session counts as fresh.
    public var freshAge: Duration = .seconds(86400)
    public var refreshes = true

    public init() {}
}

public struct EmailAndPasswordConfiguration: Sendable {
    public var signUpEnabled = true
    /// Whether signing up signs in.
    public var autoSignIn = true
    /// Whether an address must be verified before its user can sign in.
    public var requireEmailVerification = false
    /// In UTF-16 code units, before normalisation.
    public var passwordLength = 8...128
    /// Passwords hashed at once; nil means half of the processors. Each takes a processor for about 0.1 s and 32 MiB.
    public var hashingConcurrency: Int?
    /// Sign-ins that may wait for their turn before more are answered 503.
    public var maximumWaitingHashes = 256

    public init() {}
}

public struct OrganizationConfiguration: Sendable {
    /// Statements and roles; extend ``AccessControl/organizationDefault`` for one's own resources.
    public var access = AccessControl.organizationDefault
    /// The role of whoever creates an organization.
    public var creatorRole = "owner"
    public var usersMayCreate = true
    /// Memberships a user may have before creating another is refused; nil is unlimited.
    public var organizationLimit: Int?
    /// Members an organization may have, and the page size of member lists.
    public var membershipLimit = 100

    public init() {}
}
