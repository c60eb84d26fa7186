/// One kind of API keys: who owns them, how they look and what they default to.
public struct APIKeyConfiguration: Sendable {
    public enum Owner: Sendable { case user, organization }

    public struct Expiration: Sendable {
        /// Life of a key made without a wish; nil lives forever.
        public var defaultLife: Duration?
        public var callersMayChoose = true
        /// In days, as the contract compares them.
        public var allowedDays: ClosedRange<Double> = 1...365

        public init() {}
    }

    public struct RateLimit: Sendable {
        public var isEnabled = true
        public var window: Duration = .seconds(86400)
        public var maximumRequests = 10

        public init() {}
    }

    /// `default` for the configuration that is meant when a request names none.
    public var id: String
    public var owner: Owner
    /// Includes its separator, such as `ms_`; nil for none.
    public var prefix: String?
    /// Random letters after the prefix.
    public var length = 64
    /// Characters of the key, prefix included, that are kept readable.
    public var visibleCharacters = 6
    public var requiresName = false
    public var nameLength = 1...32
    public var prefixLength = 1...32
    public var metadataEnabled = false
    public var expiration = Expiration()
    public var rateLimit = RateLimit()
    /// Whether a key in the header `x-api-key` stands for its user's session on every auth endpoint. Each request takes one of its uses.
    public var opensSessions = false
    /// Permissions of keys made by callers, who cannot choose them.
    public var defaultPermissions: Permissions?

    public init(id: String = defaultID, owner: Owner = .user, prefix: String? = nil) {
        self.id = id
        self.owner = owner
        self.prefix = prefix
    }

    public static let defaultID = "default"

    /// Whether it is the only kind that better-auth knew up to 1.4.
    var isOfUsersOnly: Bool { id == Self.defaultID && owner == .user }

    /// Keys of a user, with better-auth's defaults.
    public static let userOwned = APIKeyConfiguration()

    /// Keys of an organization: `ms_…`, without a rate limit of their own since the API they open has one.
    public static let organizationOwned: APIKeyConfiguration = {
        var configuration = APIKeyConfiguration(id: "organization", owner: .organization, prefix: "ms_")
        configuration.rateLimit.isEnabled = false
        return configuration
    }()
}
