import Logging

/// The way of a job: accepted, assigned, finished or failed.
extension PoolLoop {
    /// A connection silent for this long (20 ms) is left alone: what is queued behind a slow statement waits for it.
    private static let stallLimit: Int64 = 20_000_000

    func accept(_ job: Job) {
        var job = job
        lastSequence += 1
        job.sequence = lastSequence
        job.accepted = now
        job.deadline = now.addingReportingOverflow(configuration.acquireTimeout.wholeNanoseconds).partialValue
        guard !job.mark.isSet else { return fail(job, .beforeSending(job.mark)) }
        if let limit = job.timeLimit {
            timeLimits.add(job.mark, deadline: now.addingReportingOverflow(limit.wholeNanoseconds).partialValue)
        }
        switch job.route {
        case .shared:
            guard !isClosing else { return fail(job, .poolClosed) }
            waiting.append(job)
        case .opens(let lease):
            guard !isClosing else { return fail(job, .poolClosed) }
            leases[ObjectIdentifier(lease)] = .waiting([])
            waitingForLease.append(job)
        case .continues(let lease), .closes(let lease):
            switch leases[ObjectIdentifier(lease)] {
            case .waiting(let others): leases[ObjectIdentifier(lease)] = .waiting(others + [job])
            case .open(let connection):
                connection.held.append(job)
                startHeld(on: connection)
            case .failed(let error): fail(job, error)
            case nil: fail(job, .poolClosed)
            }
        }
    }

    // MARK: Assigning

    /// Hands waiting jobs to connections, oldest first, and opens connections while jobs have to wait or share.
    func dispatch() {
        for connection in connections { connection.isReserved = false }
        var pressure = 0
        var isLeaseBlocked = false
        while true {
            let shared = waiting.first
            let leasing = isLeaseBlocked ? nil : waitingForLease.first
            if let leasing, shared.map({ leasing.sequence < $0.sequence }) ?? true {
                if let connection = connections.first(where: { $0.lease == nil && $0.isIdle && !$0.isCancelling && !$0.isRetiring }) {
                    if let job = waitingForLease.popFirst() { grant(connection, to: job) }
                } else {
                    isLeaseBlocked = true
                    pressure += waitingForLease.count
                    reserve(waitingForLease.count)
                }
            } else if shared != nil {
                guard let connection = leastBusy() else {
                    pressure += waiting.count
                    break
                }
                if !connection.isIdle { pressure += 1 }
                if let job = waiting.popFirst() { start(job, on: connection) }
            } else {
                break
            }
        }
        grow(by: pressure)
    }

    private func leastBusy() -> ServerConnection? {
        var best: ServerConnection?
        for connection in connections
        where connection.lease == nil && !connection.isReserved && !connection.isCancelling && !connection.isRetiring
            && connection.load < min(best?.load ?? .max, configuration.maximumPipelineDepth)
            && !connection.isStalled(since: now - PoolLoop.stallLimit)
        {
            best = connection
        }
        return best
    }

    /// Keeps new jobs off the connections that will be free soonest, so that a steady stream of queries cannot starve a transaction.
    private func reserve(_ count: Int) {
        let candidates = connections.filter { $0.lease == nil && !$0.isCancelling && !$0.isRetiring }.sorted { $0.load < $1.load }
        for connection in candidates.prefix(count) { connection.isReserved = true }
    }

    private func grant(_ connection: ServerConnection, to job: Job) {
        guard let lease = job.lease else { return }
        connection.lease = lease
        if case .waiting(let others) = leases[ObjectIdentifier(lease)] { for other in others { connection.held.append(other) } }
        leases[ObjectIdentifier(lease)] = .open(connection)
        start(job, on: connection)
        startHeld(on: connection)
    }

    private func startHeld(on connection: ServerConnection) {
        while let job = connection.held.first, canStart(job, on: connection) {
            connection.held.popFirst().map { start($0, on: connection) }
        }
    }

    private func canStart(_ job: Job, on connection: ServerConnection) -> Bool {
        if connection.isCancelling { return false }  // a late cancel request would strike this job
        if connection.isCopying { return job.continuesCopy && connection.current == nil }
        if case .script = connection.current?.work { return false }
        return connection.isIdle || !job.needsIdleConnection
    }

    private func start(_ job: Job, on connection: ServerConnection) {
        var job = job
        job.started = now
        guard connection.send(job, now: now) else {
            lose(connection, reason: connection.errorMessage)
            return retryOrFail(job)
        }
        if job.interrupts { requestCancel(on: connection) }
        // The answer may have arrived already, with the last one or before the question.
        if job.continuesCopy, connection.current?.mark === job.mark { receive(on: connection) }
    }

    /// For a job whose sync was not sent, without which the server commits nothing.
    private func retryOrFail(_ job: Job) {
        var job = job
        job.attempts += 1
        guard job.attempts < 3, case .shared = job.route else {
            let isFirst = if case .continues = job.route { false } else { !job.closesLease }
            return fail(job, PostgresError(.connectionLost, "the connection broke before the statement was sent", isRetrySafe: isFirst))
        }
        waiting.prepend(job)
    }

    // MARK: Ending

    func finish(_ job: Job, _ outcome: Outcome, on connection: ServerConnection) {
        var outcome = outcome
        if connection.cancelledJob === job.mark { connection.cancelDeadline = nil }
        if case .failure(let error) = outcome {
            if heals(job, after: error, on: connection) { return afterwards(connection) }
            if job.mark.isSet, error.sqlState == "57014" { outcome = .failure(.whileRunning(job.mark)) }
        }
        observe(job, outcome)
        if let completion = job.completion { finished.append((completion, outcome)) }
        if job.closesLease, let lease = job.lease {
            leases.removeValue(forKey: ObjectIdentifier(lease))
            connection.lease = nil
            // A refused COMMIT leaves the connection as good as a ROLLBACK does; a session that could not be reset does not.
            if case .failure = outcome, case .reset = job.work {
                return lose(connection, reason: "it could not be returned to its first state")
            }
        }
        afterwards(connection)
    }

    /// Sends the job once more when its failure was the connection's affair. Everything in a shared job was rolled back with it,
    /// so nothing is done twice; in a transaction the earlier statements are gone too, so there it is only remembered.
    private func heals(_ job: Job, after error: PostgresError, on connection: ServerConnection) -> Bool {
        switch error.sqlState {
        case "26000", "0A000":  // unknown prepared statement; cached plan must not change result type
            guard configuration.usesPreparedStatements else { return false }
            connection.forgetStatements(of: job, stillOnServer: error.sqlState == "0A000")
        case "57014" where job.mayBeStruckByCancel && !job.mark.isSet && error.code != .timedOut: break
        default: return false
        }
        guard case .shared = job.route, job.attempts == 0, !job.mark.isSet, job.completion != nil else { return false }
        var job = job
        job.attempts += 1
        job.mayBeStruckByCancel = false
        waiting.prepend(job)
        return true
    }

    /// What a connection may do once a job on it has ended.
    func afterwards(_ connection: ServerConnection) {
        if let current = connection.current, current.mark.isSet { requestCancel(on: connection) }
        startHeld(on: connection)
        guard connection.isIdle, connection.lease == nil else { return }
        if connection.isInTransaction {
            logger.error("A statement left a transaction open on a shared connection; use withTransaction", metadata: metadata(connection))
            return lose(connection, reason: "a statement left a transaction open on it")
        }
        if connection.hasAbandonedStatements, !connection.isCancelling {
            let names = connection.takeAbandonedStatements()
            start(Job(work: .deallocate(names), route: .shared, mark: CancellationMark()), on: connection)
        }
    }

    func fail(_ job: Job, _ error: PostgresError) {
        observe(job, .failure(error))
        if let completion = job.completion { finished.append((completion, .failure(error))) }
        switch job.route {
        case .shared, .continues: break
        case .closes(let lease): leases.removeValue(forKey: ObjectIdentifier(lease))
        case .opens(let lease):
            let others: [Job]
            if case .waiting(let jobs) = leases[ObjectIdentifier(lease)] { others = jobs } else { others = [] }
            leases[ObjectIdentifier(lease)] = .failed(error)
            for other in others { fail(other, error) }
        }
    }
}

extension PostgresError {
    static var cancelledBeforeSending: PostgresError {
        PostgresError(.cancelled, "the task was cancelled before the statement was sent", isRetrySafe: true)
    }

    /// Nothing of it was sent.
    static func beforeSending(_ mark: CancellationMark) -> PostgresError {
        guard mark.isTimedOut else { return .cancelledBeforeSending }
        return PostgresError(.timedOut, "the time for the statement was up before it was sent", isRetrySafe: true)
    }

    static func whileRunning(_ mark: CancellationMark) -> PostgresError {
        var fields = ServerFields()
        fields.sqlState = "57014"
        return mark.isTimedOut
            ? PostgresError(.timedOut, "the time for the statement was up and the server ended it", fields: fields)
            : PostgresError(.cancelled, "the task was cancelled and the server ended the statement", fields: fields)
    }

    static func behindOthers(_ mark: CancellationMark) -> PostgresError {
        mark.isTimedOut
            ? PostgresError(.timedOut, "the time for the statement was up; it had been sent and may still run")
            : PostgresError(.cancelled, "the task was cancelled; the statement had been sent and may still run")
    }
}
