import CLibpq
import Glibc
import Logging

/// One connection in pipeline mode, as the I/O thread sees it: libpq's calls around a ``PipelineState`` and a ``StatementCache``.
final class ServerConnection {
    enum Received {
        case finished(Job, Outcome)
        /// The connection is of no more use.
        case lost(reason: String)
    }

    /// What the poller watches for.
    struct Interest: Equatable {
        var reading = true
        var writing = false
    }

    let id: Int
    let socket: Int32
    private let handle: ConnectionHandle
    /// Valid as long as this is.
    var pointer: OpaquePointer { handle.pointer }
    private let notices: NoticeSink
    private let usesPreparedStatements: Bool
    private var pipeline = PipelineState<Job, PostgresResult>()
    private var statements: StatementCache
    /// Prepared on the server, no longer in the cache.
    private var abandonedStatements: [String] = []
    private var script: (job: Job, failure: PostgresError?)?
    private var arguments = ArgumentBuffers()
    var copy: CopyExchange?

    /// Whose the connection is; nil while it is shared.
    var lease: Lease?
    /// Jobs of the lease that cannot start yet.
    var held = FIFO<Job>()
    /// Set aside for the next lease: takes nothing new.
    var isReserved = false
    /// When it has grown too old, on the monotonic clock.
    var expiry = Int64.max
    /// Too old: takes nothing new, and is closed when it is idle.
    var isRetiring = false
    /// Whether a cancel request is on its way, which strikes whatever runs when it arrives.
    var isCancelling = false
    /// The job that was asked to stop, and when to give the connection up if it does not.
    var cancelledJob: CancellationMark?
    var cancelDeadline: Int64?
    /// When the server last finished something, or was given something after a pause.
    var lastProgress: Int64
    /// Whether there is something to send that has not been flushed.
    var isDirty = false
    var interest = Interest()
    private(set) var waitsForWriting = false

    init(id: Int, handle: ConnectionHandle, configuration: PostgresPoolConfiguration, logger: Logger, now: Int64) {
        self.id = id
        self.handle = handle
        self.socket = PQsocket(handle.pointer)
        self.usesPreparedStatements = configuration.usesPreparedStatements
        self.statements = StatementCache(capacity: configuration.statementCacheSize)
        self.lastProgress = now
        self.notices = NoticeSink(logger: logger)
        notices.attach(to: handle.pointer)
    }

    /// Jobs on the wire.
    var load: Int { pipeline.count + (script == nil && copy == nil ? 0 : 1) }
    var isIdle: Bool { load == 0 }
    var current: Job? { script?.job ?? copy?.job ?? pipeline.current }
    /// Meaningful only while idle.
    var isInTransaction: Bool { PQtransactionStatus(handle.pointer) != PQTRANS_IDLE }
    var hasAbandonedStatements: Bool { !abandonedStatements.isEmpty }
    var errorMessage: String {
        let text = PQerrorMessage(handle.pointer).map { String(cString: $0) } ?? ""
        return text.split(separator: "\n").first.map(String.init) ?? "the server closed the connection"
    }

    /// Whether the server has left its current job without an answer since `moment`.
    func isStalled(since moment: Int64) -> Bool { !isIdle && lastProgress < moment }

    func contains(_ mark: CancellationMark) -> Bool {
        script?.job.mark === mark || copy?.job?.mark === mark || pipeline.contains { $0.mark === mark }
    }

    func forEachJob(_ change: (inout Job) -> Void) { pipeline.forEachJob(change) }

    func takeAbandonedStatements() -> [String] {
        defer { abandonedStatements = [] }
        return abandonedStatements
    }

    func makeCancelRequest() -> CancelRequest? { PQgetCancel(handle.pointer).map(CancelRequest.init(adopting:)) }

    // MARK: Sending

    /// Puts `job` into libpq's buffer. False when the connection turned out to be broken before any of it was sent.
    func send(_ job: Job, now: Int64) -> Bool {
        if isIdle { lastProgress = now }
        isDirty = true
        let isSent: Bool
        switch job.work {
        case .statements(let list, let hidden):
            for (index, sql) in list.enumerated() {
                guard send(sql, as: index < hidden ? .hidden : .output) else { return false }
            }
            isSent = PQpipelineSync(handle.pointer) == 1
        case .deallocate(let names):
            for name in names { guard sendUnprepared(SQL(unsafeRaw: "DEALLOCATE \"\(name)\""), as: .hidden) else { return false } }
            isSent = PQpipelineSync(handle.pointer) == 1
        case .reset:
            // What DISCARD ALL does, but for the prepared statements.
            let commands =
                (isInTransaction ? ["ROLLBACK"] : []) + [
                    "CLOSE ALL", "RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL", "UNLISTEN *", "SELECT pg_advisory_unlock_all()",
                    "DISCARD TEMP", "DISCARD SEQUENCES",
                ]
            for command in commands { guard sendUnprepared(SQL(unsafeRaw: command), as: .hidden) else { return false } }
            isSent = PQpipelineSync(handle.pointer) == 1
        case .script(let text):
            guard PQexitPipelineMode(handle.pointer) == 1, PQsendQuery(handle.pointer, text) == 1 else { return false }
            // It may have dropped every prepared statement; forgetting ours costs less than finding out.
            statements.removeAll()
            script = (job, nil)
            return true
        case .copyStart(let text, _): return startCopy(job, text: text)
        case .copyData, .copyEnd, .copyRead: return continueCopy(job)
        }
        if isSent { pipeline.sent(job) }
        return isSent
    }

    private func send(_ sql: SQL, as expected: PipelineState<Job, PostgresResult>.Expected) -> Bool {
        guard usesPreparedStatements, sql.isCacheable else { return sendUnprepared(sql, as: expected) }
        let name: String
        switch statements.lookUp(sql.text, types: sql.parameters.types) {
        case .known(let known): name = known
        case .fresh(let fresh, let evicted):
            if let evicted { abandonedStatements.append(evicted) }
            guard PQsendPrepare(handle.pointer, fresh, sql.text, Int32(sql.parameters.count), sql.parameters.types) == 1 else {
                return false
            }
            pipeline.expect(.prepare(name: fresh))
            name = fresh
        }
        let isSent = arguments.withPointers(to: sql.parameters) { values, lengths, formats in
            PQsendQueryPrepared(handle.pointer, name, Int32(sql.parameters.count), values, lengths, formats, 1)
        }
        pipeline.expect(expected)
        return isSent == 1
    }

    private func sendUnprepared(_ sql: SQL, as expected: PipelineState<Job, PostgresResult>.Expected) -> Bool {
        let isSent = arguments.withPointers(to: sql.parameters) { values, lengths, formats in
            PQsendQueryParams(
                handle.pointer, sql.text, Int32(sql.parameters.count), sql.parameters.types, values, lengths, formats, 1
            )
        }
        pipeline.expect(expected)
        return isSent == 1
    }

    /// Sends what is buffered; false when the connection is broken. What the socket does not take waits for it to become writable.
    func flush() -> Bool {
        isDirty = false
        let status = PQflush(handle.pointer)
        waitsForWriting = status == 1
        return status >= 0
    }

    // MARK: Receiving

    /// Reads what has arrived and reports every job that is through.
    func receive(now: Int64, _ report: (Received) -> Void) {
        guard PQconsumeInput(handle.pointer) == 1 else { return report(.lost(reason: errorMessage)) }
        // Parses notices and parameter changes even while nothing is expected.
        _ = PQisBusy(handle.pointer)
        while let notification = PQnotifies(handle.pointer) { PQfreemem(notification) }
        if isCopying { return receiveCopy(now: now, report) }
        while !isIdle, PQisBusy(handle.pointer) == 0 {
            let result = PQgetResult(handle.pointer)
            if script != nil {
                guard receiveOfScript(result, now: now, report) else { return }
                continue
            }
            switch pipeline.received(event(for: result)) {
            case .none: break
            case .notPrepared(let name): statements.forget(name: name)
            case .finished(let job, let outcome):
                lastProgress = now
                report(.finished(job, outcome))
            case .outOfStep:
                let isBroken = PQstatus(handle.pointer) == CONNECTION_BAD
                return report(
                    .lost(reason: isBroken ? errorMessage : "the server's answers are out of step; COPY goes through copyIn and copyOut"))
            }
        }
        if PQstatus(handle.pointer) == CONNECTION_BAD { report(.lost(reason: errorMessage)) }
    }

    private func event(for result: OpaquePointer?) -> PipelineState<Job, PostgresResult>.Event {
        guard let result else { return .end }
        switch PQresultStatus(result) {
        case PGRES_PIPELINE_SYNC:
            PQclear(result)
            return .sync
        case PGRES_PIPELINE_ABORTED:
            PQclear(result)
            return .aborted
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: return .output(PostgresResult(adopting: result))
        default:
            defer { PQclear(result) }
            return .failure(PostgresError(serverResult: result))
        }
    }

    /// False when the connection is lost.
    private func receiveOfScript(_ result: OpaquePointer?, now: Int64, _ report: (Received) -> Void) -> Bool {
        guard let current = script else { return true }
        guard let result else {
            script = nil
            lastProgress = now
            guard PQenterPipelineMode(handle.pointer) == 1 else {
                report(.finished(current.job, current.failure.map { .failure($0) } ?? .success([])))
                report(.lost(reason: errorMessage))
                return false
            }
            report(.finished(current.job, current.failure.map { .failure($0) } ?? .success([])))
            return true
        }
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: return true
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            report(.lost(reason: "COPY from or to the client is not supported in a script; use copyIn and copyOut"))
            return false
        default:
            if current.failure == nil { script?.failure = PostgresError(serverResult: result) }
            return true
        }
    }

    // MARK: Ending

    /// Forgets a statement that the server no longer has in the form we prepared.
    func forgetStatements(of job: Job, stillOnServer: Bool) {
        guard case .statements(let list, _) = job.work else { return }
        for sql in list {
            guard let name = statements.forget(sql.text, types: sql.parameters.types) else { continue }
            if stillOnServer { abandonedStatements.append(name) }
        }
    }

    /// Takes out the jobs on the wire and those held back, when the connection is gone.
    func removeAllJobs() -> (sent: [Job], held: [Job], failureOfFirst: PostgresError?) {
        let (jobs, failure) = pipeline.removeAll()
        defer {
            script = nil
            copy = nil
        }
        let ownWay = [script?.job, copy?.job].compactMap { $0 }
        return (ownWay + jobs, held.removeAll(), script?.failure ?? failure)
    }
}
