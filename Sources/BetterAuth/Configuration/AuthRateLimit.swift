public import Primitives
import Synchronization

/// How many requests one address may send to one path.
public struct AuthRateLimitRule: Hashable, Sendable {
    public var window: Duration
    public var maximum: Int

    public init(window: Duration, maximum: Int) {
        self.window = window
        self.maximum = maximum
    }
}

public struct AuthRateLimitConfiguration: Sendable {
    public var isEnabled = true
    /// For paths without a rule of their own. Signing in and up, changing password or address and asking for mail have narrower ones.
    public var standard: AuthRateLimitRule? = AuthRateLimitRule(window: .seconds(10), maximum: 100)
    /// By exact path or wildcard, the first that matches; nil lifts the limit.
    public var rules: [(path: String, rule: AuthRateLimitRule?)] = []
    /// Where counts live; servers that share one count together.
    public var store: any AuthRateLimitStore = MemoryRateLimitStore()

    public init() {}
}

/// Counts requests.
public protocol AuthRateLimitStore: Sendable {
    /// Counts one request, unless it is one too many: then how long to wait for the next.
    func take(_ key: String, _ rule: AuthRateLimitRule, at now: Timestamp) async -> Duration?
}

/// Counts in this process, of 100,000 keys at most.
public final class MemoryRateLimitStore: AuthRateLimitStore {
    private struct Count {
        var count: Int
        var last: Timestamp
        var window: Duration
    }

    private let counts = Mutex<[String: Count]>([:])
    private let capacity: Int

    public init(capacity: Int = 100_000) { self.capacity = capacity }

    public func take(_ key: String, _ rule: AuthRateLimitRule, at now: Timestamp) async -> Duration? {
        counts.withLock { counts in
            if var known = counts[key], now - known.last < rule.window {
                guard known.count < rule.maximum else { return known.last + rule.window - now }
                known.count += 1
                known.last = now
                counts[key] = known
                return nil
            }
            if counts[key] == nil, counts.count >= capacity {
                counts = counts.filter { now - $0.value.last < $0.value.window }
                // Still full: a flood from many addresses. Known ones keep their counts, a new one is not remembered for long.
                if counts.count >= capacity, let victim = counts.keys.first { counts[victim] = nil }
            }
            counts[key] = Count(count: 1, last: now, window: rule.window)
            return nil
        }
    }
}
