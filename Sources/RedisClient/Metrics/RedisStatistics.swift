/// What a client has done since it was made, and what it is doing at this moment: for a page of metrics. See ``Redis/statistics``.
///
/// Totals only ever grow. A command counts when its caller's wait ends, one way or the other; what the client sends for itself (signing
/// in, subscribing, signs of life) does not count.
public struct RedisStatistics: Hashable, Sendable {
    /// Connections that are open and signed in: the shared one, the one of all subscriptions, and those of ``Redis/withConnection(name:_:)``.
    public internal(set) var connections = 0
    /// Commands on the shared connection that were sent and are owed a reply, as of its event loop's last turn.
    public internal(set) var inFlight = 0
    /// Commands and pipelines that wait to be sent on it.
    public internal(set) var waiting = 0

    /// Commands whose wait has ended, those of pipelines each.
    public internal(set) var commands = 0
    /// Of these, answered by the server with an error.
    public internal(set) var refusals = 0
    /// Of these, not answered: the deadline passed, the connection broke, the caller was cancelled.
    public internal(set) var failures = 0
    /// How long callers waited for all of these together, a pipeline counting once: divided by ``flights``, the mean latency.
    public internal(set) var waited = Duration.zero
    /// Commands and pipelines whose wait has ended, a pipeline counting once.
    public internal(set) var flights = 0

    /// Connections made, of all kinds. Beyond the first of each it is reconnects.
    public internal(set) var connects = 0
    /// Attempts to connect that failed, a refused password included.
    public internal(set) var connectFailures = 0

    /// All zero.
    public init() {}
}
