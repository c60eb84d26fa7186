import Primitives

/// The wait before the next try. `n` is the number of the try that failed, from 1.
public struct JobBackoff: Sendable, Hashable {
    /// `fixed`, `exponential`, or a name that the worker's own strategy knows.
    public var type: String
    public var delay: Duration
    /// 0 to 1: the share of the wait that is left to chance. 0.5 waits between half of it and all of it.
    public var jitter: Double?

    public init(type: String, delay: Duration, jitter: Double? = nil) {
        self.type = type
        self.delay = delay
        self.jitter = jitter
    }

    /// The same wait every time.
    public static func fixed(_ delay: Duration, jitter: Double? = nil) -> JobBackoff {
        JobBackoff(type: "fixed", delay: delay, jitter: jitter)
    }

    /// `delay`, then twice, four times, eight times as long.
    public static func exponential(_ delay: Duration, jitter: Double? = nil) -> JobBackoff {
        JobBackoff(type: "exponential", delay: delay, jitter: jitter)
    }

    /// Milliseconds to wait after try `attempt` failed; nil for a type that is not built in.
    func milliseconds(afterAttempt attempt: Int, random: Double = .random(in: 0..<1)) -> Int? {
        let base: Double
        switch type {
        case "fixed": base = Double(delay.milliseconds)
        // Beyond 2^42 no number of milliseconds fits into a score.
        case "exponential": base = (Double(delay.milliseconds) * Double(1 << min(max(attempt - 1, 0), 42))).rounded()
        default: return nil
        }
        let capped = min(base, Double(Self.longest))
        guard let jitter, jitter > 0 else { return Int(capped) }
        return Int((random * capped * jitter + capped * (1 - jitter)).rounded(.down))
    }

    /// Ten years. A delayed job's score is milliseconds since 1970 times 4096; past 2^53, late in 2039, jobs lose their exact order.
    private static let longest = 10 * 365 * 86_400_000
}
