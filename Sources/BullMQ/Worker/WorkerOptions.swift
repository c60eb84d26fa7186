/// How a worker works. The defaults are those of the other clients.
public struct WorkerOptions: Sendable {
    /// How many jobs run at once.
    public var concurrency: Int
    /// How long a job stays this worker's without a sign of life. Renewed every quarter of it.
    public var lockDuration: Duration
    /// How often to look for jobs whose worker has vanished; such a job comes back after one to two of these. One worker of all looks.
    public var stalledInterval: Duration
    /// How often a job survives the loss of its worker before it fails.
    public var maxStalledCount: Int
    /// How long to wait for a wake-up before looking anyway.
    public var drainDelay: Duration
    /// Shown in tools, and in the jobs it ran.
    public var name: String?
    /// For jobs that do not say themselves.
    public var removeOnComplete: JobRetention
    /// For jobs that do not say themselves.
    public var removeOnFail: JobRetention
    /// The wait after try `attempt` of a job whose backoff type is neither `fixed` nor `exponential`; nil: do not try again.
    public var backoffStrategy: (@Sendable (_ type: String, _ attempt: Int, _ job: Job, _ error: any Error) -> Duration?)?

    public init(
        concurrency: Int = 1, lockDuration: Duration = .seconds(30), stalledInterval: Duration = .seconds(30), maxStalledCount: Int = 1,
        drainDelay: Duration = .seconds(5), name: String? = nil, removeOnComplete: JobRetention = .all, removeOnFail: JobRetention = .all,
        backoffStrategy: (@Sendable (_ type: String, _ attempt: Int, _ job: Job, _ error: any Error) -> Duration?)? = nil
    ) {
        precondition(concurrency >= 1, "a worker runs at least one job at a time")
        precondition(maxStalledCount >= 0, "a job cannot survive fewer than no stalls")
        precondition(lockDuration > .zero && stalledInterval > .zero && drainDelay > .zero, "a worker's intervals must be positive")
        self.concurrency = concurrency
        self.lockDuration = lockDuration
        self.stalledInterval = stalledInterval
        self.maxStalledCount = maxStalledCount
        self.drainDelay = drainDelay
        self.name = name
        self.removeOnComplete = removeOnComplete
        self.removeOnFail = removeOnFail
        self.backoffStrategy = backoffStrategy
    }
}
