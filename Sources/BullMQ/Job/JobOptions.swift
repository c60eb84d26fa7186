public import JSON
public import Primitives

/// How a job is to be run and kept. The defaults are those of all BullMQ clients: at once, one attempt, kept for ever.
public struct JobOptions: Sendable, Hashable {
    /// The job's id; adding a second job with it changes nothing while the first exists. Nil or "": the queue's counter.
    ///
    /// May not be a whole number, `0`, or contain a colon, which mean other things on the wire.
    public var id: String?
    /// Time to wait before the job becomes ready, to the millisecond, counted from ``timestamp``.
    public var delay: Duration
    /// Tries in all; 0 and 1 both mean one.
    public var attempts: Int
    /// The wait between tries; nil: none.
    public var backoff: JobBackoff?
    /// 0, before all others and the default, or 1 (first) to 2,097,151 (last).
    public var priority: Int
    /// To the front of the queue instead of its end.
    public var lifo: Bool
    /// What happens to the job when it completed; nil: what the worker says, which keeps it by default.
    public var removeOnComplete: JobRetention?
    /// What happens to the job when it failed for good; nil: what the worker says, which keeps it by default.
    public var removeOnFail: JobRetention?
    /// How many stack trace entries are kept, the newest; nil: all.
    public var stackTraceLimit: Int?
    /// How many log rows are kept, the newest; nil: all.
    public var keepLogs: Int?
    /// Adding fails when the data is larger, in bytes.
    public var sizeLimit: Int?
    /// When the job counts as created; nil: now.
    public var timestamp: Timestamp?
    /// Options this library does not interpret, under their stored names. They survive a round trip.
    public var other: JSONObject

    public init(
        id: String? = nil, delay: Duration = .zero, attempts: Int = 0, backoff: JobBackoff? = nil, priority: Int = 0, lifo: Bool = false,
        removeOnComplete: JobRetention? = nil, removeOnFail: JobRetention? = nil, stackTraceLimit: Int? = nil, keepLogs: Int? = nil,
        sizeLimit: Int? = nil, timestamp: Timestamp? = nil, other: JSONObject = JSONObject()
    ) {
        self.id = id
        self.delay = delay
        self.attempts = attempts
        self.backoff = backoff
        self.priority = priority
        self.lifo = lifo
        self.removeOnComplete = removeOnComplete
        self.removeOnFail = removeOnFail
        self.stackTraceLimit = stackTraceLimit
        self.keepLogs = keepLogs
        self.sizeLimit = sizeLimit
        self.timestamp = timestamp
        self.other = other
    }

    static let maximumPriority = 2_097_151

    /// Refuses what would harm a queue that other clients share.
    func validate(dataSize: Int, name: String) throws(BullMQError) {
        if let id, !id.isEmpty {
            // Workers take list entries that begin with "0:" for markers of old versions, and drop them.
            guard id != "0", !id.contains(":") else {
                throw BullMQError(.invalidOptions, "a job id may not be 0 or contain a colon: \(id)")
            }
            if let number = Int(id), String(number) == id {
                throw BullMQError(.invalidOptions, "a job id may not be a whole number, which the queue's own counter uses: \(id)")
            }
        }
        guard (0...Self.maximumPriority).contains(priority) else {
            throw BullMQError(.invalidOptions, "priority must be 0 to \(Self.maximumPriority)")
        }
        guard delay >= .zero else { throw BullMQError(.invalidOptions, "delay must not be negative") }
        guard attempts >= 0 else { throw BullMQError(.invalidOptions, "attempts must not be negative") }
        if let jitter = backoff?.jitter, !(0...1).contains(jitter) {
            throw BullMQError(.invalidOptions, "jitter must be 0 to 1")
        }
        if let sizeLimit, dataSize > sizeLimit {
            throw BullMQError(.tooLarge, "The size of job \(name) exceeds the limit \(sizeLimit) bytes")
        }
    }
}

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

/// How many finished jobs stay.
public enum JobRetention: Sendable, Hashable {
    /// For ever.
    case all
    /// Not at all.
    case none
    /// This many, the newest.
    case newest(Int)
    /// This many if given, and none older than `age` if given, to the second; at most `limit` (1,000) are removed for age at a time.
    case within(count: Int? = nil, age: Duration? = nil, limit: Int? = nil)
}
