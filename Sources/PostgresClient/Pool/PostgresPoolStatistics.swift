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

extension PostgresPool {
    /// As of now; all zero before ``run()`` and after the end, but for what waits.
    public var statistics: PostgresPoolStatistics { driver.statistics }
}

extension PoolState {
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
}
