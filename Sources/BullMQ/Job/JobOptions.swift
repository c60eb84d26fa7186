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
    /// Makes jobs stand in for one another; nil: each is its own.
    public var deduplication: JobDeduplication?
    /// The job that waits for this one; nil: none.
    public var parent: JobParent?
    /// What this job's final failure means for its parent; nil: the parent goes on waiting.
    public var onFailure: ChildFailurePolicy?
    /// The group whose turns it waits for; nil: none.
    public var group: JobGroup?
    /// What ties the job to the trace of whoever added it.
    public var telemetry: JobTelemetry?
    /// Options this library does not interpret, under their stored names. They survive a round trip.
    public var other: JSONObject

    public init(
        id: String? = nil, delay: Duration = .zero, attempts: Int = 0, backoff: JobBackoff? = nil, priority: Int = 0, lifo: Bool = false,
        removeOnComplete: JobRetention? = nil, removeOnFail: JobRetention? = nil, stackTraceLimit: Int? = nil, keepLogs: Int? = nil,
        sizeLimit: Int? = nil, timestamp: Timestamp? = nil, deduplication: JobDeduplication? = nil, parent: JobParent? = nil,
        onFailure: ChildFailurePolicy? = nil, group: JobGroup? = nil,
        telemetry: JobTelemetry? = nil, other: JSONObject = JSONObject()
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
        self.deduplication = deduplication
        self.parent = parent
        self.onFailure = onFailure
        self.group = group
        self.telemetry = telemetry
        self.other = other
    }
}
