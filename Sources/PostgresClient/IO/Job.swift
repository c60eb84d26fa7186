import Synchronization

/// What a caller gets back.
typealias Outcome = Result<[PostgresResult], PostgresError>

/// Lets the caller's side withdraw a job that the I/O thread owns.
final class CancellationMark: Sendable {
    private static let cancelled: UInt8 = 1
    private static let timedOut: UInt8 = 2

    private let reason = Atomic<UInt8>(0)

    var isSet: Bool { reason.load(ordering: .acquiring) != 0 }
    /// Whether it was set because the job's time was up, not because its task was cancelled.
    var isTimedOut: Bool { reason.load(ordering: .acquiring) == CancellationMark.timedOut }

    /// The task was cancelled.
    func set() { set(CancellationMark.cancelled) }
    func setTimedOut() { set(CancellationMark.timedOut) }

    /// The first reason stays.
    private func set(_ new: UInt8) { _ = reason.compareExchange(expected: 0, desired: new, ordering: .acquiringAndReleasing) }
}

/// The right to one connection for several jobs; which connection, only the I/O thread knows.
final class Lease: Sendable {}

/// One unit sent to the server: everything up to one sync, or one script.
struct Job: Sendable {
    enum Work: Sendable {
        /// One implicit transaction; the results of the first `hidden` statements are dropped.
        case statements([SQL], hidden: Int)
        /// Several statements in one text, by the simple protocol.
        case script(String)
        /// Makes a connection as good as new after a caller had its session to itself.
        case reset
        /// Frees prepared statements by name.
        case deallocate([String])
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
    let mark: CancellationMark
    /// Nil when nobody waits (any more).
    var completion: CheckedContinuation<Outcome, Never>?

    // Set and used by the I/O thread.
    var sequence: UInt64 = 0
    var accepted: Int64 = 0
    /// When it was last sent.
    var started: Int64?
    var deadline: Int64 = .max
    var attempts = 0
    /// A cancel request meant for a neighbour was under way while this was on the same connection.
    var mayBeStruckByCancel = false
    /// The server is asked to stop as soon as this has started.
    var interrupts = false

    var lease: Lease? {
        switch route {
        case .shared: nil
        case .opens(let lease), .continues(let lease), .closes(let lease): lease
        }
    }

    /// How long the caller will wait, the shortest of its statements'.
    var timeLimit: Duration? {
        guard case .statements(let list, _) = work else { return nil }
        var shortest: Duration?
        for sql in list { if let limit = sql.timeLimit { shortest = min(limit, shortest ?? limit) } }
        return shortest
    }

    var closesLease: Bool { if case .closes = route { true } else { false } }

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
