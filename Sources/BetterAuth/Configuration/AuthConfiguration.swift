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
    public var emailVerification = EmailVerificationConfiguration()
    public var changeEmail = ChangeEmailConfiguration()
    public var deleteUser = DeleteUserConfiguration()
    public var rateLimit = AuthRateLimitConfiguration()
    public var bearer = BearerConfiguration()
    public var admin = AdminConfiguration()
    public var hooks = AuthHooks()
    /// Takes the letters to users; nil switches off everything that needs mail. It must return as soon as the letter is in safe hands: an
    /// answer that waits for a mail server tells whether an address is known.
    public var sendLetter: (@Sendable (AuthLetter) async throws -> Void)?
    public var organizations = OrganizationConfiguration()
    /// The kinds of API keys, each with its own id.
    public var apiKeys: [APIKeyConfiguration]
    public var apiKeyAdditions = APIKeyAdditionsConfiguration()
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
