import CLibpq
import Logging

/// One connection in pipeline mode: libpq's calls around a ``ConversationState`` and a ``StatementCache``. Used under the lock of its ``Wire``.
struct ServerConnection: ~Copyable {
    /// What the pool is told.
    enum ConnectionEvent: Sendable {
        /// The oldest job is through.
        case finished(Outcome, SessionStatus)
        /// The connection is of no more use. `cause` is what the server said about the oldest job; the last `unsent` jobs never went out.
        case lost(reason: String, cause: PostgresError?, unsent: Int)
    }

    /// How a connection is left by a job that has ended; the transaction counts only where nothing else is on the connection.
    struct SessionStatus: Sendable {
        var isInTransaction = false
        var isCopying = false
        /// Statements remain prepared on the server that will not be used again.
        var hasAbandonedStatements = false
    }

    private let handle: ConnectionHandle
    private let notices: NoticeSink
    private let usesPreparedStatements: Bool
    private var state = ConversationState<Job, PostgresResult>()
    private var statements: StatementCache
    /// Prepared on the server, no longer in the cache.
    private var abandonedStatements: [String] = []
    private var arguments = ArgumentBuffers()
    /// Whether the system has not taken all that was sent.
    private(set) var waitsForWriting = false
    private var isBroken = false

    init(handle: ConnectionHandle, configuration: PostgresPoolConfiguration, logger: Logger) {
        self.handle = handle
        self.usesPreparedStatements = configuration.usesPreparedStatements
        self.statements = StatementCache(capacity: configuration.statementCacheSize)
        self.notices = NoticeSink(logger: logger)
        notices.attach(to: handle.pointer)
    }

    /// Whether what the server sends is to stay in the socket.
    var isPaused: Bool { state.isPaused }

    /// Less than 0 once libpq has closed it.
    var socket: Int32 { PQsocket(handle.pointer) }

    private var pointer: OpaquePointer { handle.pointer }
    private var isInTransaction: Bool { PQtransactionStatus(pointer) != PQTRANS_IDLE }

    private var sessionStatus: SessionStatus {
        SessionStatus(isInTransaction: isInTransaction, isCopying: state.isCopying, hasAbandonedStatements: !abandonedStatements.isEmpty)
    }

    private var errorMessage: String {
        let text = PQerrorMessage(pointer).map { String(cString: $0) } ?? ""
        return text.split(separator: "\n").first.map(String.init) ?? "the server closed the connection"
    }

    // MARK: Sending

    /// Sends `jobs` in order, as far as the system takes them; what it does not take waits for the socket to become writable.
    mutating func send(_ jobs: [Job], into events: inout [ConnectionEvent]) {
        for (index, job) in jobs.enumerated() {
            guard !isBroken, send(job) else { return lose(unsent: jobs.count - index, into: &events) }
            // The answer may have come already, with the last one or before the question.
            if job.continuesCopy { receive(into: &events) }
        }
        flush(into: &events)
    }

    mutating func flush(into events: inout [ConnectionEvent]) {
        guard !isBroken else { return }
        let status = PQflush(pointer)
        waitsForWriting = status == 1
        guard status >= 0 else { return lose(unsent: 0, into: &events) }
        if !waitsForWriting { perform(state.written(), into: &events) }
    }

    /// False when the connection turned out to be broken before all of the job was sent.
    private mutating func send(_ job: Job) -> Bool {
        switch job.work {
        case .statements(let list, let hidden):
            for (index, sql) in list.enumerated() {
                let visibility: PipelineState<Job, PostgresResult>.Visibility = index < hidden ? .hidden : .output
                let isPrepared = usesPreparedStatements && sql.isCacheable && !job.isUnprepared
                guard isPrepared ? sendPrepared(sql, as: visibility) : sendUnprepared(sql, as: visibility) else { return false }
            }
            return sync(after: job)
        case .deallocate:
            for name in abandonedStatements {
                guard sendUnprepared(SQL(unsafeRaw: "DEALLOCATE \"\(name)\""), as: .hidden) else { return false }
            }
            abandonedStatements = []
            return sync(after: job)
        case .reset:
            // What DISCARD ALL does, but for the prepared statements.
            let commands =
                (isInTransaction ? ["ROLLBACK"] : []) + [
                    "CLOSE ALL", "RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL", "UNLISTEN *", "SELECT pg_advisory_unlock_all()",
                    "DISCARD TEMP", "DISCARD SEQUENCES",
                ]
            for command in commands { guard sendUnprepared(SQL(unsafeRaw: command), as: .hidden) else { return false } }
            return sync(after: job)
        case .script(let text):
            guard sendSimply(text) else { return false }
            // It may have dropped every prepared statement; forgetting ours costs less than finding out.
            statements.removeAll()
            state.sentScript(job)
            return true
        case .copyStart(let text, let isInput):
            guard sendSimply(text) else { return false }
            state.sentCopy(job, isInput: isInput)
            return true
        case .copyData(let bytes):
            guard state.continuedCopy(job, as: .data) else { return false }
            return bytes.withUnsafeBytes { buffer in
                PQputCopyData(pointer, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count)) == 1
            }
        case .copyEnd(let reason): return state.continuedCopy(job, as: .end) && PQputCopyEnd(pointer, reason) == 1
        case .copyRead: return state.continuedCopy(job, as: .read)
        }
    }

    private mutating func sync(after job: Job) -> Bool {
        guard PQpipelineSync(pointer) == 1 else { return false }
        state.sent(job)
        return true
    }

    private func sendSimply(_ text: String) -> Bool { PQexitPipelineMode(pointer) == 1 && PQsendQuery(pointer, text) == 1 }

    private mutating func sendPrepared(_ sql: SQL, as visibility: PipelineState<Job, PostgresResult>.Visibility) -> Bool {
        let name: String
        switch statements.lookUp(sql.text, types: sql.parameters.types) {
        case .known(let known): name = known
        case .fresh(let fresh, let evicted):
            if let evicted { abandonedStatements.append(evicted) }
            guard PQsendPrepare(pointer, fresh, sql.text, Int32(sql.parameters.count), sql.parameters.types) == 1 else { return false }
            state.expect(.prepare(name: fresh))
            name = fresh
        }
        state.expect(.statement(prepared: name, visibility))
        return arguments.withPointers(to: sql.parameters) { values, lengths, formats in
            PQsendQueryPrepared(handle.pointer, name, Int32(sql.parameters.count), values, lengths, formats, 1)
        } == 1
    }

    private mutating func sendUnprepared(_ sql: SQL, as visibility: PipelineState<Job, PostgresResult>.Visibility) -> Bool {
        state.expect(.statement(prepared: nil, visibility))
        return arguments.withPointers(to: sql.parameters) { values, lengths, formats in
            PQsendQueryParams(
                handle.pointer, sql.text, Int32(sql.parameters.count), sql.parameters.types, values, lengths, formats, 1
            )
        } == 1
    }

    // MARK: Receiving

    /// Reads what has arrived and tells of every job that is through.
    mutating func receive(into events: inout [ConnectionEvent]) {
        guard !isBroken else { return }
        guard PQconsumeInput(pointer) == 1 else { return lose(unsent: 0, into: &events) }
        // Parses notices and parameter changes even while nothing is expected.
        _ = PQisBusy(pointer)
        while let notification = PQnotifies(pointer) { PQfreemem(notification) }
        if state.wantsData { receiveData(into: &events) }
        while !isBroken, state.awaitsReply, PQisBusy(pointer) == 0 {
            perform(state.received(reply(PQgetResult(pointer))), into: &events)
        }
        if !isBroken, PQstatus(pointer) == CONNECTION_BAD { lose(unsent: 0, into: &events) }
    }

    private mutating func reply(_ result: OpaquePointer?) -> ConversationState<Job, PostgresResult>.Reply {
        guard let result else { return .end }
        let status = PQresultStatus(result)
        switch status {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            let output = PostgresResult(adopting: result)
            // What has been sent meanwhile comes after it.
            if output.freesStatements { statements.removeAll(except: state.namesToPrepare) }
            return .output(output)
        default: break
        }
        defer { PQclear(result) }
        switch status {
        case PGRES_PIPELINE_SYNC: return .sync
        case PGRES_PIPELINE_ABORTED: return .aborted
        case PGRES_COPY_IN: return .copyIn
        case PGRES_COPY_OUT: return .copyOut
        case PGRES_COPY_BOTH: return .copyBoth
        default: return .failure(PostgresError(serverResult: result))
        }
    }

    private mutating func receiveData(into events: inout [ConnectionEvent]) {
        guard case .copyRead(let buffer) = state.copyJob?.work else { return }
        while buffer.count < CopyBuffer.limit {
            var row: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(pointer, &row, 1)
            if length == 0 { break }
            guard length > 0 else { return perform(state.receivedData(isAtEnd: true), into: &events) }
            buffer.append(UnsafeRawBufferPointer(start: row, count: Int(length)))
            PQfreemem(row)
        }
        if buffer.count > 0 { perform(state.receivedData(isAtEnd: false), into: &events) }
    }

    private mutating func perform(_ action: ConversationState<Job, PostgresResult>.Action, into events: inout [ConnectionEvent]) {
        switch action {
        case .none: break
        case .forget(let name, let isOnServer):
            statements.forget(name: name)
            if isOnServer { abandonedStatements.append(name) }
        case .finished(let job, let outcome): finish(job, outcome, into: &events)
        case .resumePipeline(let job, let outcome):
            let isReady = PQenterPipelineMode(pointer) == 1
            if let job { finish(job, outcome, into: &events) }
            if !isReady { lose(unsent: 0, into: &events) }
        case .giveUp(let reason, let job, let failure):
            let isLost = PQstatus(pointer) == CONNECTION_BAD
            if let job, let failure { finish(job, .failure(failure), into: &events) }
            lose(isLost ? errorMessage : reason, unsent: 0, into: &events)
        }
    }

    private mutating func finish(_ job: Job, _ outcome: Outcome, into events: inout [ConnectionEvent]) {
        if case .copyRead(let buffer) = job.work, !state.isCopying { buffer.end() }
        events.append(.finished(outcome, sessionStatus))
    }

    private mutating func lose(_ reason: String? = nil, unsent: Int, into events: inout [ConnectionEvent]) {
        guard !isBroken else { return }
        isBroken = true
        events.append(.lost(reason: reason ?? errorMessage, cause: state.failureOfFirst, unsent: unsent))
    }
}
