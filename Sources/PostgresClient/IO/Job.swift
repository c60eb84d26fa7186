import Synchronization

/// What a caller gets back.
typealias Outcome = Result<[PostgresResult], PostgresError>

/// The right to one connection for several jobs; which connection, only the pool knows.
final class Lease: Sendable {}

/// One unit sent to the server: everything up to one sync, or one script.
final class Job: Sendable {
    enum Work: Sendable {
        /// One implicit transaction; the results of the first `hidden` statements are dropped.
        case statements([SQL], hidden: Int)
        /// Several statements in one text, by the simple protocol.
        case script(String)
        /// Makes a connection as good as new after a caller had its session to itself.
        case reset
        /// Frees the prepared statements that the connection has no more use for.
        case deallocate
        /// COPY by the simple protocol; done when the server is ready to take or give data.
        case copyStart(String, isInput: Bool)
        /// Done when the system has taken the bytes.
        case copyData([UInt8])
        /// Done when the server has finished; with a reason, when it has dropped the data.
        case copyEnd(reason: String?)
        /// Done when there is something in the buffer, or the COPY has ended.
        case copyRead(CopyBuffer)
    }

    enum Route: Sendable {
        case shared
        case opens(Lease)
        case continues(Lease)
        case closes(Lease)
    }

    let work: Work
    let route: Route
    /// The server is asked to stop as soon as this has started.
    let interrupts: Bool
    private let withdrawal = Atomic<UInt8>(0)
    private let unprepared = Atomic<Bool>(false)

    private static let cancelled: UInt8 = 1
    private static let timedOut: UInt8 = 2

    init(_ work: Work, route: Route = .shared, interrupts: Bool = false) {
        self.work = work
        self.route = route
        self.interrupts = interrupts
    }

    // MARK: Withdrawal

    /// Whether its caller no longer wants it.
    var isWithdrawn: Bool { withdrawal.load(ordering: .acquiring) != 0 }
    /// Whether that is because its time was up, not because its task was cancelled.
    var isTimedOut: Bool { withdrawal.load(ordering: .acquiring) == Job.timedOut }

    func setCancelled() { setWithdrawal(Job.cancelled) }
    func setTimedOut() { setWithdrawal(Job.timedOut) }

    /// The first reason stays.
    private func setWithdrawal(_ reason: UInt8) {
        _ = withdrawal.compareExchange(expected: 0, desired: reason, ordering: .acquiringAndReleasing)
    }

    // MARK: Preparation

    /// Whether its statements are sent without being prepared, which works whatever the connection has or has not.
    var isUnprepared: Bool { unprepared.load(ordering: .acquiring) }

    func setUnprepared() { unprepared.store(true, ordering: .releasing) }

    // MARK: Kinds

    var lease: Lease? {
        switch route {
        case .shared: nil
        case .opens(let lease), .continues(let lease), .closes(let lease): lease
        }
    }

    var closesLease: Bool { if case .closes = route { true } else { false } }
    var isScript: Bool { if case .script = work { true } else { false } }

    /// How long the caller will wait, the shortest of its statements'.
    var timeLimit: Duration? {
        guard case .statements(let list, _) = work else { return nil }
        var shortest: Duration?
        for sql in list { if let limit = sql.timeLimit { shortest = min(limit, shortest ?? limit) } }
        return shortest
    }

    /// Whether the connection must be quiet before this starts.
    var needsIdleConnection: Bool {
        switch work {
        case .statements, .deallocate, .copyData, .copyEnd, .copyRead: false
        case .script, .reset, .copyStart: true
        }
    }

    /// Whether it belongs to a COPY that has started.
    var continuesCopy: Bool {
        switch work {
        case .copyData, .copyEnd, .copyRead: true
        default: false
        }
    }
}

/// A job that is not finished, with what the pool notes about it. Moments are nanoseconds of the monotonic clock.
struct Pending: Sendable {
    let job: Job
    /// Nil without a waiting caller.
    let caller: CheckedContinuation<Outcome, Never>?
    /// The caller has gone on without it.
    var isAbandoned = false
    /// Its place among all jobs, in order of arrival.
    var sequence: UInt64 = 0
    var accepted: Int64 = 0
    /// Until when it waits for a connection.
    var deadline = Int64.max
    /// When it was last sent.
    var started: Int64?
    var attempts = 0
    /// A cancel request meant for a neighbour was under way while this was on the same connection.
    var mayBeStruckByCancel = false

    init(_ job: Job, caller: CheckedContinuation<Outcome, Never>?) {
        self.job = job
        self.caller = caller
    }
}
