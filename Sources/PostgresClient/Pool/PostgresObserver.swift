public import Logging

/// What a pool tells about its work: for a log of statements, for metrics, for traces. Costs nothing where it is not set.
///
/// Closures run on the thread that brought the news, often an I/O thread, which does nothing else meanwhile: count, or hand over, but never wait in
/// them. Those about a statement have returned before its caller goes on.
public struct PostgresObserver: Sendable {
    /// A flight of statements or a script has ended, one way or the other; a transaction's BEGIN and COMMIT are among them.
    public var statementFinished: (@Sendable (PostgresStatementEvent) -> Void)?
    /// A connection is ready for statements.
    public var connectionOpened: (@Sendable () -> Void)?
    /// Closed or lost, for whatever reason.
    public var connectionClosed: (@Sendable () -> Void)?
    /// An attempt to connect failed.
    public var connectionFailed: (@Sendable (PostgresError) -> Void)?

    public init() {}

    /// Logs statements, never their values, that took `limit` or longer, and those that failed whatever time they took.
    public static func log(to logger: Logger, level: Logger.Level = .info, slowerThan limit: Duration = .zero) -> PostgresObserver {
        var observer = PostgresObserver()
        observer.statementFinished = { event in
            guard event.total >= limit || event.error != nil else { return }
            var metadata: Logger.Metadata = [
                "sql": "\(event.statements.joined(separator: "; "))", "rows": "\(event.rows)",
                "milliseconds": "\(event.total.wholeMilliseconds)", "waitedMilliseconds": "\(event.waiting.wholeMilliseconds)",
            ]
            if let error = event.error { metadata["error"] = "\(error.code.rawValue) \(error.sqlState ?? "")" }
            logger.log(level: level, "PostgreSQL statement", metadata: metadata)
        }
        return observer
    }
}

/// One flight of statements that has ended.
public struct PostgresStatementEvent: Sendable {
    private let work: Job.Work
    /// From handing over to sending: the wait for a connection.
    public let waiting: Duration
    /// From handing over to the result.
    public let total: Duration
    /// Rows of the last statement: read, inserted, changed or deleted.
    public let rows: Int
    public let error: PostgresError?

    /// Nil for what only the pool itself has sent.
    init?(_ pending: Pending, _ outcome: Outcome, at now: Int64) {
        switch pending.job.work {
        case .statements, .script, .copyStart: break
        case .reset, .deallocate, .copyData, .copyEnd, .copyRead: return nil
        }
        work = pending.job.work
        total = .nanoseconds(max(0, now - pending.accepted))
        waiting = .nanoseconds(max(0, (pending.started ?? now) - pending.accepted))
        switch outcome {
        case .success(let results): (rows, error) = (results.last?.affected ?? 0, nil)
        case .failure(let failure): (rows, error) = (0, failure)
        }
    }

    /// The texts in the order sent, without values: preludes and BEGIN included.
    public var statements: [String] {
        switch work {
        case .statements(let list, _): list.map(\.text)
        case .script(let text), .copyStart(let text, _): [text]
        default: []
        }
    }
}
