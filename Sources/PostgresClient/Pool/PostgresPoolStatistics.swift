import Synchronization

/// How much of a pool is in use, at one moment.
public struct PostgresPoolStatistics: Hashable, Sendable {
    /// Connections that are open.
    public internal(set) var open = 0
    /// Of these, lent to transactions, streams and sessions.
    public internal(set) var leased = 0
    /// Of these, with nothing to do.
    public internal(set) var idle = 0
    /// Connections being opened.
    public internal(set) var connecting = 0
    /// Queries, and transactions, that wait for a connection.
    public internal(set) var waiting = 0

    /// All zero.
    public init() {}
}

/// Where the I/O thread leaves its figures for others to read.
final class Gauges: Sendable {
    private let state = Mutex(PostgresPoolStatistics())

    var value: PostgresPoolStatistics { state.withLock { $0 } }
    func set(_ value: PostgresPoolStatistics) { state.withLock { $0 = value } }
}

extension PostgresPool {
    /// As of the I/O thread's last turn; all zero before ``run()`` and after the end.
    public var statistics: PostgresPoolStatistics { gauges.value }
}

extension PoolLoop {
    var statistics: PostgresPoolStatistics {
        var value = PostgresPoolStatistics()
        value.open = connections.count
        value.connecting = connecting
        value.waiting = waiting.count + waitingForLease.count
        for connection in connections {
            if connection.lease != nil { value.leased += 1 } else if connection.isIdle { value.idle += 1 }
        }
        return value
    }

    /// Tells the observer, if there is one.
    func observe(_ job: Job, _ outcome: Outcome) {
        guard let report = configuration.observer?.statementFinished else { return }
        // The turn's own clock may be older than the job.
        if let event = PostgresStatementEvent(job, outcome, at: monotonicNow()) { report(event) }
    }
}
