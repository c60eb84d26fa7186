import Logging

/// What follows from a decision of the pool and is done when its lock is free: I/O, and calls of other people's code.
struct PoolEffects<Connection: Sendable>: Sendable {
    /// What the log and the observer are told.
    enum Report: Sendable {
        case opened(connection: Int, open: Int)
        /// Had its time.
        case retired(connection: Int, reason: String, open: Int)
        case lost(connection: Int, reason: String, inFlight: Int, level: Logger.Level, open: Int)
        case connectFailed(PostgresError, attempt: Int, pause: Int64, level: Logger.Level)
        case leftTransactionOpen(connection: Int, open: Int)
    }

    var reports: [Report] = []
    var finished: [(Pending, Outcome)] = []
    /// Jobs that go on without their callers.
    var abandoned: [(Pending, PostgresError)] = []
    /// Connections whose outbox is to be sent.
    var writes: [Connection] = []
    /// Connections whose current job the server is to be asked to stop, after their outbox.
    var interruptions: [(Connection, id: Int)] = []
    var closings: [Connection] = []
    /// Connections to be opened.
    var connects = 0
    /// The next deadline has come nearer.
    var isTimerEarlier = false
    /// The pool is through: nothing is to be awaited any more.
    var isEnd = false
}
