import Primitives
import TypedSQL

/// better-auth's counters of a key, as expressions: uses left, refilled when due, and requests in a window.
struct APIKeyUsage<Key: APIKeyTableColumns>: Sendable {
    let countsRate: Bool
    let now: Timestamp

    /// Whether one use may be taken.
    func isFree(_ key: Key) -> Condition {
        let hasUses = key.remaining.isNull() || key.remaining > 0 || isRefillDue(key)
        let isSlowEnough = !isRateLimited(key) || startsWindow(key) || key.requestCount.coalesce(0) < key.rateLimitMax
        return key.enabled.coalesce(true) && hasUses && isSlowEnough
    }

    func remaining(of key: Key) -> Expr<Int?> {
        caseWhen(key.remaining.isNull(), then: null(Int.self)).when(isRefillDue(key), then: key.refillAmount - 1)
            .otherwise(key.remaining - 1)
    }

    func lastRefill(of key: Key) -> Expr<Timestamp?> {
        caseWhen(key.remaining.isNotNull() && isRefillDue(key), then: Expr(now).optional()).otherwise(key.lastRefillAt)
    }

    func requestCount(of key: Key) -> Expr<Int?> {
        caseWhen(!isRateLimited(key), then: key.requestCount).when(startsWindow(key), then: 1)
            .otherwise((key.requestCount.coalesce(0) + 1).optional())
    }

    private func isRefillDue(_ key: Key) -> Condition {
        key.refillInterval.coalesce(0) > 0 && key.refillAmount.coalesce(0) > 0
            && Expr(now).since(key.lastRefillAt.coalesce(key.createdAt)) > key.refillInterval.interval(.millisecond)
    }

    private func isRateLimited(_ key: Key) -> Condition {
        Expr(countsRate) && key.rateLimitEnabled.coalesce(true) && key.rateLimitTimeWindow.isNotNull() && key.rateLimitMax.isNotNull()
    }

    private func startsWindow(_ key: Key) -> Condition {
        key.lastRequest.isNull() || Expr(now).since(key.lastRequest) > key.rateLimitTimeWindow.interval(.millisecond)
    }
}
