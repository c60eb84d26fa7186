import BetterAuth
import Primitives
import RedisClient

/// Counts requests to the auth routes in Redis, so that all processes count together. While Redis does not answer each counts for itself.
final class RedisRateLimits: AuthRateLimitStore {
    private let redis: Redis
    private let local = MemoryRateLimitStore()

    init(redis: Redis) { self.redis = redis }

    /// Answers how many milliseconds to wait; 0 counts one more. Each request that may pass begins the window anew.
    private static let script = RedisScript(
        """
        local count = tonumber(redis.call('GET', KEYS[1]) or '0')
        if count >= tonumber(ARGV[2]) then return redis.call('PTTL', KEYS[1]) end
        redis.call('SET', KEYS[1], count + 1, 'PX', ARGV[1])
        return 0
        """)

    func take(_ key: String, _ rule: AuthRateLimitRule, at now: Timestamp) async -> Duration? {
        do {
            let answer = try await redis.run(
                Self.script, keys: ["{mainstay}:auth-limit:\(key)"],
                arguments: ["\(max(1, rule.window.milliseconds))", "\(rule.maximum)"], timeout: .milliseconds(500))
            guard case .integer(let wait) = answer, wait > 0 else { return nil }
            return .milliseconds(wait)
        } catch {
            return await local.take(key, rule, at: now)
        }
    }
}
