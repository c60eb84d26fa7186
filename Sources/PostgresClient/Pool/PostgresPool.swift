public import Logging
import Synchronization

/// Connections to one PostgreSQL server, shared by every task of the process.
///
/// Start ``run()`` as a child of the application's run; queries issued before it wait for it. A caller sends its own statement where a connection is
/// free to take it; a thread of the pool's own waits for the answers, and results are decoded by the task that asked.
///
/// Queries share connections: each goes to the least busy one, behind the statements already on it, as a transaction of its own. Do not
/// change session state through them (`SET`, `BEGIN`). What ends with a transaction (`SET LOCAL`, `set_config(…, true)`) belongs into
/// ``withTransaction(isolation:readOnly:prelude:attempts:_:)``; what outlives one, also a plain `SET` that is committed, into ``withConnection(_:)``,
/// which cleans up after it. Inside a transaction use the transaction for everything: a query on the pool can wait behind a statement that waits
/// for the transaction's locks.
///
/// Cancelling the calling task removes a statement that waits, and interrupts one that runs.
public final class PostgresPool: PostgresQueryable {
    private enum Phase {
        case idle
        case running
        case ended
    }

    private struct State {
        var phase = Phase.idle
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    public let configuration: PostgresPoolConfiguration
    let logger: Logger
    let listeners = Listeners()
    let driver: PoolDriver
    private let state = Mutex(State())

    /// - Throws: ``PostgresError`` with `.invalidConfiguration`.
    public init(_ configuration: PostgresPoolConfiguration, logger: Logger) throws(PostgresError) {
        try configuration.validated()
        self.configuration = configuration
        self.logger = logger
        self.driver = try PoolDriver(configuration: configuration, logger: logger)
    }

    // MARK: Life

    /// Connects and serves until ``close()`` is called or the task is cancelled, which closes too: what is under way may finish within
    /// ``PostgresPoolConfiguration/closeTimeout``. Call it once.
    public func run() async throws(PostgresError) {
        let isFirst = state.withLock { state -> Bool in
            guard state.phase == .idle else { return false }
            state.phase = .running
            return true
        }
        guard isFirst else { throw PostgresError(.poolClosed, "run() was called before, or the pool was closed", isRetrySafe: true) }
        let isStarted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if !driver.start(whenThrough: { continuation.resume(returning: true) }) { continuation.resume(returning: false) }
            }
        } onCancel: {
            driver.close()
        }
        end()
        if !isStarted { throw PostgresError(.connectionFailed, "no thread could be started", isRetrySafe: true) }
    }

    /// Refuses new work, lets what was accepted finish (at most ``PostgresPoolConfiguration/closeTimeout``), closes every connection,
    /// and returns when that is done.
    public func close() async {
        let wasIdle = state.withLock { $0.phase == .idle }
        driver.close()
        if wasIdle { return end() }
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state -> Bool in
                if state.phase == .ended { return true }
                state.waiters.append(continuation)
                return false
            }
            if hasEnded { continuation.resume() }
        }
    }

    private func end() {
        listeners.stopAll()
        let waiters = state.withLock { state in
            state.phase = .ended
            let waiters = state.waiters
            state.waiters = []
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Runs tasks on the pool's I/O threads (``PostgresPoolConfiguration/ioThreads``), where the answers to their statements arrive, so that no other
    /// thread has to be woken for them. With few statements in flight that is what most of their time goes to.
    ///
    ///     try await withTaskExecutorPreference(pool.executor) { try await serve() }
    ///
    /// A task that blocks or computes for long holds up what its thread reads: the statements of others, and the pool's deadlines. Before ``run()`` and after
    /// the end a thread made for the purpose serves it.
    public var executor: any TaskExecutor { driver.executor }

    // MARK: Queries

    public func query(_ sql: SQL) async throws(PostgresError) -> PostgresRows { try await query(sql, prelude: nil) }

    @discardableResult
    public func execute(_ sql: SQL) async throws(PostgresError) -> Int { try await execute(sql, prelude: nil) }

    @discardableResult
    public func batch(_ statements: [SQL]) async throws(PostgresError) -> [PostgresRows] { try await batch(statements, prelude: nil) }

    /// Runs one statement and returns its rows.
    ///
    /// - Parameter prelude: Runs before it in the same implicit transaction and costs no round trip of its own, for
    ///   `select set_config('app.x', …, true)`: the statement sees the setting, nothing after it does.
    public func query(_ sql: SQL, prelude: SQL?) async throws(PostgresError) -> PostgresRows {
        let statements = prelude.map { [$0, sql] } ?? [sql]
        let results = try await perform(Job(.statements(statements, hidden: statements.count - 1)))
        return try PostgresRows(first: results)
    }

    /// Runs one statement and returns how many rows it affected; see ``query(_:prelude:)``.
    @discardableResult
    public func execute(_ sql: SQL, prelude: SQL?) async throws(PostgresError) -> Int {
        try await query(sql, prelude: prelude).affected
    }

    /// Runs several statements as one implicit transaction in one flight. Returns the results in order, the prelude's not among them.
    @discardableResult
    public func batch(_ statements: [SQL], prelude: SQL?) async throws(PostgresError) -> [PostgresRows] {
        guard !statements.isEmpty else { return [] }
        let all = (prelude.map { [$0] } ?? []) + statements
        return try await perform(Job(.statements(all, hidden: all.count - statements.count))).map(PostgresRows.init)
    }

    // MARK: For sessions

    /// Runs a job of anybody and waits for its outcome.
    private func perform(_ job: Job) async throws(PostgresError) -> [PostgresResult] {
        if let problem = job.work.problem { throw problem }
        guard !Task.isCancelled else { throw .cancelledBeforeSending }
        return try await submit(job)
    }

    /// Runs a job and waits for its outcome.
    ///
    /// - Parameter isCancellable: Off for what leaves a connection in order, such as COMMIT: where the task is cancelled the server has a few seconds more for it,
    ///   then the connection is given up.
    func submit(_ job: Job, isCancellable: Bool = true) async throws(PostgresError) -> [PostgresResult] {
        try await withTaskCancellationHandler {
            await withCheckedContinuation { driver.submit(Pending(job, caller: $0)) }
        } onCancel: {
            guard isCancellable else { return driver.limitAfterCancel(job) }
            job.setCancelled()
            driver.cancel(job)
        }.get()
    }
}

extension Job.Work {
    /// What the protocol could not carry.
    var problem: PostgresError? {
        switch self {
        case .script(let text), .copyStart(let text, _): return problem(of: text, parameters: 0)
        case .statements(let list, _):
            for sql in list { if let problem = problem(of: sql.text, parameters: sql.parameters.count) { return problem } }
            return nil
        case .reset, .deallocate, .copyData, .copyEnd, .copyRead: return nil
        }
    }

    private func problem(of text: String, parameters: Int) -> PostgresError? {
        if parameters > 65535 {
            return PostgresError(.server, "a statement takes at most 65,535 parameters, not \(parameters); bind arrays", isRetrySafe: true)
        }
        if text.utf8.contains(0) { return PostgresError(.server, "SQL text cannot contain U+0000", isRetrySafe: true) }
        return nil
    }
}

extension PostgresRows {
    /// The rows of the one statement that was asked for.
    init(first results: [PostgresResult]) throws(PostgresError) {
        guard let result = results.first else { throw PostgresError(.connectionLost, "the server sent no result") }
        self.init(result: result)
    }
}
