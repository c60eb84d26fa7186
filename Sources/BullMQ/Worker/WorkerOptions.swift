/// How a worker works. The defaults are those of the other clients.
public struct WorkerOptions: Sendable {
    /// How many jobs run at once; ``Worker/concurrency`` changes it later.
    public var concurrency: Int
    /// How many of its slots only groups may take of which nothing runs, so that a newcomer starts at once; nil: a tenth, at least one.
    ///
    /// Of no account in a queue without groups, and for a worker of one slot.
    public var groupReserve: Int?
    /// How long a job stays this worker's without a sign of life. Renewed every quarter of it.
    public var lockDuration: Duration
    /// How often to look for jobs whose worker has vanished; such a job comes back after one to two of these. One worker of all looks.
    public var stalledInterval: Duration
    /// How often a job survives the loss of its worker before it fails.
    public var maxStalledCount: Int
    /// How often a job may be started in all, whatever came of it, before it fails; nil: any number.
    public var maxStartedAttempts: Int?
    /// How long to wait for a wake-up before looking anyway.
    public var drainDelay: Duration
    /// Shown in tools, and in the jobs it ran.
    public var name: String?
    /// How many jobs all workers of the queue may start in a window of time; a limit of the queue itself comes before it.
    public var limiter: RateLimit?
    /// How long one try may take; its task is canceled then, and the try has failed. Nil: for ever.
    public var timeout: Duration?
    /// For how many minutes to keep how many jobs completed and failed in each, see ``Queue/metrics(_:from:to:)``; nil: not counted.
    public var metricsDataPoints: Int?
    /// For jobs that do not say themselves.
    public var removeOnComplete: JobRetention
    /// For jobs that do not say themselves.
    public var removeOnFail: JobRetention
    /// How long running jobs get after a graceful shutdown of the service group; nil: until the group cancels the worker.
    public var shutdownGrace: Duration?
    /// The wait after try `attempt` of a job whose backoff type is neither `fixed` nor `exponential`; nil: do not try again.
    public var backoffStrategy: (@Sendable (_ type: String, _ attempt: Int, _ job: Job, _ error: any Error) -> Duration?)?

    public init(
        concurrency: Int = 1, groupReserve: Int? = nil, lockDuration: Duration = .seconds(30), stalledInterval: Duration = .seconds(30),
        maxStalledCount: Int = 1,
        maxStartedAttempts: Int? = nil, drainDelay: Duration = .seconds(5), name: String? = nil, limiter: RateLimit? = nil,
        timeout: Duration? = nil, metricsDataPoints: Int? = nil, removeOnComplete: JobRetention = .all,
        removeOnFail: JobRetention = .all, shutdownGrace: Duration? = nil,
        backoffStrategy: (@Sendable (_ type: String, _ attempt: Int, _ job: Job, _ error: any Error) -> Duration?)? = nil
    ) {
        precondition(concurrency >= 1, "a worker runs at least one job at a time")
        precondition(groupReserve ?? 0 >= 0, "a reserve has no fewer than no slots")
        precondition(maxStalledCount >= 0, "a job cannot survive fewer than no stalls")
        precondition(lockDuration > .zero && stalledInterval > .zero && drainDelay > .zero, "a worker's intervals must be positive")
        precondition(timeout ?? .seconds(1) > .zero, "a job needs some time")
        precondition(metricsDataPoints ?? 1 > 0, "metrics have at least one data point")
        self.concurrency = concurrency
        self.groupReserve = groupReserve
        self.lockDuration = lockDuration
        self.stalledInterval = stalledInterval
        self.maxStalledCount = maxStalledCount
        self.maxStartedAttempts = maxStartedAttempts
        self.drainDelay = drainDelay
        self.name = name
        self.limiter = limiter
        self.timeout = timeout
        self.metricsDataPoints = metricsDataPoints
        self.removeOnComplete = removeOnComplete
        self.removeOnFail = removeOnFail
        self.shutdownGrace = shutdownGrace
        self.backoffStrategy = backoffStrategy
    }
}
