import Primitives
import TypedAPI

extension RetryPolicy {
    /// Reads the member `retry` of a request; what it leaves out is as in `base`.
    static func read(from fields: inout FieldReader, base: RetryPolicy) -> RetryPolicy? {
        fields.object("retry") { retry in
            var policy = base
            if let attempts = retry.integer("attempts", in: attemptsRange) { policy.attempts = attempts }
            if let backoff = retry.choice("backoff", of: Backoff.self) { policy.backoff = backoff }
            if let delay = retry.duration("delay", in: delayRange) { policy.delay = delay }
            if let maxDelay = retry.duration("maxDelay", in: delayRange) {
                policy.maxDelay = maxDelay
            } else {
                policy.maxDelay = max(policy.maxDelay, policy.delay)
            }
            if policy.maxDelay < policy.delay { retry.fail("maxDelay", code: "range", "Must not be shorter than the delay.") }
            return policy
        }
    }
}
