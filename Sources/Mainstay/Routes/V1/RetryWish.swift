import Primitives
import TypedAPI

/// What a request says of retries; what it leaves out is as it was before.
@Schema struct RetryWish {
    /// How often at most, the first time included.
    @Field(.notNull, .range(RetryPolicy.attemptsRange)) var attempts: Int?
    @Field(.notNull) var backoff: RetryPolicy.Backoff?
    /// Before the first retry: from PT0.1S to P1D.
    @Field(.notNull, .range(RetryPolicy.delayRange)) var delay: Duration?
    /// The longest that doubling makes of it; not shorter than the delay.
    @Field(.notNull, .range(RetryPolicy.delayRange)) var maxDelay: Duration?

    /// - Throws: ``Problem`` 422 when the delays that come of it contradict each other.
    func applied(to base: RetryPolicy) throws -> RetryPolicy {
        var policy = base
        if let attempts { policy.attempts = attempts }
        if let backoff { policy.backoff = backoff }
        if let delay { policy.delay = delay }
        policy.maxDelay = maxDelay ?? max(policy.maxDelay, policy.delay)
        guard policy.maxDelay >= policy.delay else {
            throw Problem.invalid([FieldError(.pointer("/retry/maxDelay"), code: "range", message: "Must not be shorter than the delay.")])
        }
        return policy
    }
}
