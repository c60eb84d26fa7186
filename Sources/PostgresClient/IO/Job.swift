import Synchronization

/// What a caller gets back.
typealias Outcome = Result<[PostgresResult], PostgresError>

/// Lets the caller's side withdraw a job that the I/O thread owns.
final class CancellationMark: Sendable {
    private let flag = Atomic<Bool>(false)

    var isSet: Bool { flag.load(ordering: .acquiring) }
    func set() { flag.store(true, ordering: .releasing) }
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
    var deadline: Int64 = .max
    var attempts = 0
    /// A cancel request meant for a neighbour was under way while this was on the same connection.
    var mayBeStruckByCancel = false

    var lease: Lease? {
        switch route {
        case .shared: nil
        case .opens(let lease), .continues(let lease), .closes(let lease): lease
        }
    }

    var closesLease: Bool { if case .closes = route { true } else { false } }

    /// Whether the connection must be quiet before this starts.
    var needsIdleConnection: Bool {
        switch work {
        case .statements, .deallocate: false
        case .script, .reset: true
        }
    }
}
