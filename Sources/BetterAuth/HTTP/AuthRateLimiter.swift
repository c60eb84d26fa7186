import Primitives

/// Counts the requests of an address to a path, and says when there are too many.
///
/// As better-auth counts: each request that is allowed moves the window, so what is limited is a run without a pause of the window's length.
struct AuthRateLimiter: Sendable {
    private let configuration: AuthRateLimitConfiguration
    private let store: any AuthRateLimitStore
    private let now: @Sendable () -> Timestamp

    init(_ settings: AuthSettings) {
        configuration = settings.configuration.rateLimit
        store = configuration.store
        now = settings.configuration.now
    }

    /// How long to wait before the next request; nil when this one may pass.
    ///
    /// A caller without an address shares one count with all others without: unknown callers must not be free.
    func wait(path: String, address: String?) async -> Duration? {
        guard let rule = rule(for: path) else { return nil }
        return await store.take("\(Self.bucket(address))|\(path)", rule, at: now())
    }

    func rule(for path: String) -> AuthRateLimitRule? {
        for (pattern, rule) in configuration.rules where pattern == path || Wildcard.matches(pattern, path.lowercased()) { return rule }
        for rule in Self.special where rule.isExact ? path == rule.path : path.hasPrefix(rule.path) { return rule.rule }
        return configuration.standard
    }

    /// IPv6 callers own whole networks: the first 64 bits count.
    static func bucket(_ address: String?) -> String {
        guard let address, let parsed = IPAddress(address) else { return "no-trusted-ip" }
        let caller = parsed.unmapped
        return caller.family == .v4 ? String(caller.bits, radix: 16) : String(caller.bits >> 64, radix: 16) + "::/64"
    }

    private static let special: [(path: String, isExact: Bool, rule: AuthRateLimitRule)] = [
        ("/request-password-reset", true, AuthRateLimitRule(window: .seconds(60), maximum: 3)),
        ("/send-verification-email", true, AuthRateLimitRule(window: .seconds(60), maximum: 3)),
        ("/sign-in", false, AuthRateLimitRule(window: .seconds(10), maximum: 3)),
        ("/sign-up", false, AuthRateLimitRule(window: .seconds(10), maximum: 3)),
        ("/change-password", false, AuthRateLimitRule(window: .seconds(10), maximum: 3)),
        ("/change-email", false, AuthRateLimitRule(window: .seconds(10), maximum: 3)),
        // These compare passwords, too; better-auth's own list leaves them out.
        ("/verify-password", true, AuthRateLimitRule(window: .seconds(10), maximum: 3)),
        ("/delete-user", true, AuthRateLimitRule(window: .seconds(10), maximum: 3)),
    ]
}
