/// The way of a job: accepted, assigned, finished or failed.
extension PoolState {
    /// A connection silent for this long (20 ms) is left alone: what is queued behind a slow statement waits for it.
    private static var stallLimit: Int64 { 20_000_000 }

    mutating func accept(_ pending: Pending) {
        var pending = pending
        let job = pending.job
        lastSequence += 1
        pending.sequence = lastSequence
        pending.accepted = now
        pending.deadline = acquireDeadline
        guard !job.isWithdrawn else { return fail(pending, .beforeSending(job)) }
        if let limit = job.timeLimit { self.limit(job, to: limit) }
        switch job.route {
        case .shared:
            guard !isClosing else { return fail(pending, .poolClosed) }
            waiting.append(pending)
        case .opens(let lease):
            guard !isClosing else { return fail(pending, .poolClosed) }
            // Others may have overtaken it on their way here.
            if leases[ObjectIdentifier(lease)] == nil { leases[ObjectIdentifier(lease)] = .waiting([]) }
            waitingForLease.append(pending)
        case .continues(let lease): proceed(with: pending, of: lease, whenUnknown: isClosing ? nil : .waiting([pending]))
        case .closes(let lease): proceed(with: pending, of: lease, whenUnknown: nil)
        }
    }

    private mutating func proceed(with pending: Pending, of lease: Lease, whenUnknown state: LeaseState?) {
        switch leases[ObjectIdentifier(lease)] {
        case .waiting(let others): leases[ObjectIdentifier(lease)] = .waiting(others + [pending])
        case .open(let id):
            guard let index = index(of: id) else { return fail(pending, .poolClosed) }
            connections[index].held.append(pending)
            startHeld(onConnectionAt: index)
        case .failed(let error): fail(pending, error)
        case nil:
            guard let state else { return fail(pending, .poolClosed) }
            leases[ObjectIdentifier(lease)] = state
        }
    }

    // MARK: Assigning

    /// Hands waiting jobs to connections, oldest first, and opens connections while jobs have to wait or share.
    mutating func dispatch(preferring eventLoop: Int?) {
        var unmetDemand = 0
        if !(waiting.isEmpty && waitingForLease.isEmpty) { unmetDemand = assign(preferring: eventLoop) }
        scheduleTimer(min(waiting.first?.deadline ?? .max, waitingForLease.first?.deadline ?? .max))
        grow(by: unmetDemand)
    }

    /// - Returns: How many jobs would have liked a connection more.
    private mutating func assign(preferring eventLoop: Int?) -> Int {
        for index in connections.indices { connections[index].isReserved = false }
        var unmetDemand = 0
        var isLeaseBlocked = false
        while true {
            let shared = waiting.first
            let leasing = isLeaseBlocked ? nil : waitingForLease.first
            if let leasing, shared.map({ leasing.sequence < $0.sequence }) ?? true {
                if let index = connections.firstIndex(where: { $0.isFreeForLease }) {
                    if let pending = waitingForLease.popFirst() { grant(connectionAt: index, to: pending) }
                } else {
                    isLeaseBlocked = true
                    unmetDemand += waitingForLease.count
                    reserve(waitingForLease.count)
                }
            } else if shared != nil {
                guard let index = leastBusy(preferring: eventLoop) else { return unmetDemand + waiting.count }
                if !connections[index].isIdle {
                    // The connection about to open serves it better than one that may be in the midst of something long; and so does whichever is
                    // free sooner.
                    if waiting.count <= connecting { return unmetDemand + waiting.count }
                    unmetDemand += 1
                }
                if let pending = waiting.popFirst() { start(pending, onConnectionAt: index) }
            } else {
                return unmetDemand
            }
        }
    }

    /// Among equals one that the caller's own event loop reads from.
    private func leastBusy(preferring eventLoop: Int?) -> Int? {
        var best: Int?
        var (bestLoad, bestIsPreferred) = (Int.max, false)
        for index in connections.indices {
            let load = connections[index].load
            let isPreferred = connections[index].eventLoop == eventLoop
            guard load < bestLoad || (load == bestLoad && isPreferred && !bestIsPreferred), load < configuration.maximumPipelineDepth,
                connections[index].isOpenToAll, !connections[index].isStalled(since: now - PoolState.stallLimit)
            else { continue }
            (best, bestLoad, bestIsPreferred) = (index, load, isPreferred)
        }
        return best
    }

    /// Keeps new jobs off the connections that will be free soonest, so that a steady stream of queries cannot starve a transaction.
    private mutating func reserve(_ count: Int) {
        let candidates = connections.indices.filter { index in
            connections[index].lease == nil && !connections[index].isCancelling && !connections[index].isRetiring
        }
        for index in candidates.sorted(by: { connections[$0].load < connections[$1].load }).prefix(count) {
            connections[index].isReserved = true
        }
    }

    private mutating func grant(connectionAt index: Int, to pending: Pending) {
        guard let lease = pending.job.lease else { return }
        connections[index].lease = lease
        if case .waiting(let others) = leases[ObjectIdentifier(lease)] { for other in others { connections[index].held.append(other) } }
        leases[ObjectIdentifier(lease)] = .open(connection: connections[index].id)
        start(pending, onConnectionAt: index)
        startHeld(onConnectionAt: index)
    }

    func canStartHeld(onConnectionAt index: Int) -> Bool {
        connections[index].held.first.map { connections[index].canStart($0.job) } ?? false
    }

    mutating func startHeld(onConnectionAt index: Int) {
        while canStartHeld(onConnectionAt: index) {
            connections[index].held.popFirst().map { start($0, onConnectionAt: index) }
        }
    }

    private mutating func start(_ pending: Pending, onConnectionAt index: Int) {
        var pending = pending
        pending.started = now
        if connections[index].isIdle { connections[index].lastProgress = now }
        connections[index].outbox.append(pending.job)
        connections[index].jobs.append(pending)
        effects.writes.append(connections[index].connection)
        if pending.job.interrupts { requestCancel(onConnectionAt: index) }
    }

    /// For a job that was never sent whole, without which the server commits nothing of it.
    mutating func retryOrFail(_ pending: Pending) {
        guard !pending.job.isWithdrawn else { return fail(pending, .beforeSending(pending.job)) }
        var pending = pending
        pending.attempts += 1
        guard pending.attempts < 3, case .shared = pending.job.route, !isEnded else {
            let isFirst = if case .continues = pending.job.route { false } else { !pending.job.closesLease }
            return fail(pending, PostgresError(.connectionLost, "the connection broke before the statement was sent", isRetrySafe: isFirst))
        }
        waiting.prepend(pending)
    }

    private var isEnded: Bool { phase == .ended }

    // MARK: Ending

    /// The oldest job on the connection is through.
    mutating func finishFirst(_ outcome: Outcome, _ standing: ServerConnection.SessionStatus, onConnectionAt index: Int) {
        connections[index].isCopying = standing.isCopying
        connections[index].lastProgress = now
        guard let pending = connections[index].jobs.popFirst() else { return }
        let job = pending.job
        var outcome = outcome
        if connections[index].cancelledJob === job { (connections[index].cancelRepeat, connections[index].cancelDeadline) = (nil, nil) }
        if case .failure(let error) = outcome {
            if retryIfStale(pending, after: error, standing, onConnectionAt: index) {
                return continueAfterJob(connectionAt: index, standing: standing)
            }
            if job.isWithdrawn, error.sqlState == "57014" { outcome = .failure(.whileRunning(job)) }
        }
        effects.finished.append((pending, outcome))
        if job.closesLease, let lease = job.lease {
            leases.removeValue(forKey: ObjectIdentifier(lease))
            connections[index].lease = nil
            // A refused COMMIT leaves the connection as good as a ROLLBACK does; a session that could not be reset does not.
            if case .failure = outcome, case .reset = job.work {
                return lose(connectionAt: index, reason: "it could not be returned to its first state")
            }
        }
        continueAfterJob(connectionAt: index, standing: standing)
    }

    /// Sends the job once more when its failure was the connection's affair and everything it did was rolled back with it, so that nothing is done
    /// twice. In the midst of a transaction the earlier statements are gone too: there the connection only forgets what it had prepared.
    private mutating func retryIfStale(
        _ pending: Pending, after error: PostgresError, _ standing: ServerConnection.SessionStatus, onConnectionAt index: Int
    ) -> Bool {
        let isStale = configuration.usesPreparedStatements && error.isStalePreparation
        let wasStruck = error.sqlState == "57014" && pending.mayBeStruckByCancel && error.code != .timedOut
        // It may be struck again: that is never its own affair.
        guard wasStruck || isStale && pending.attempts == 0, !pending.job.isWithdrawn, !pending.isAbandoned else { return false }
        var pending = pending
        pending.mayBeStruckByCancel = false
        if isStale {
            pending.attempts += 1
            pending.job.setUnprepared()
        }
        switch pending.job.route {
        case .shared: waiting.prepend(pending)
        case .opens(let lease):
            guard isStale, connections[index].isIdle else { return false }
            if standing.isInTransaction {
                start(Pending(Job(.statements(["ROLLBACK"], hidden: 0), route: .continues(lease)), caller: nil), onConnectionAt: index)
            }
            start(pending, onConnectionAt: index)
        case .continues, .closes:
            guard isStale, connections[index].isIdle, !standing.isInTransaction else { return false }
            start(pending, onConnectionAt: index)
        }
        return true
    }

    /// What a connection may do once a job on it has ended.
    mutating func continueAfterJob(connectionAt index: Int, standing: ServerConnection.SessionStatus) {
        if connections[index].jobs.first?.job.isWithdrawn == true { requestCancel(onConnectionAt: index) }
        startHeld(onConnectionAt: index)
        guard connections[index].isIdle, connections[index].lease == nil else { return }
        if standing.isInTransaction {
            effects.reports.append(.leftTransactionOpen(connection: connections[index].id, open: connections.count))
            return lose(connectionAt: index, reason: "a statement left a transaction open on it")
        }
        if standing.hasAbandonedStatements, !connections[index].isCancelling {
            start(Pending(Job(.deallocate), caller: nil), onConnectionAt: index)
        }
        if connections[index].isRetiring { return retireUnused() }
        scheduleTimer(idleDeadline(ofConnectionAt: index))
    }

    mutating func fail(_ pending: Pending, _ error: PostgresError) {
        effects.finished.append((pending, .failure(error)))
        switch pending.job.route {
        case .shared, .continues: break
        case .closes(let lease): leases.removeValue(forKey: ObjectIdentifier(lease))
        case .opens(let lease):
            let others: [Pending]
            if case .waiting(let pending) = leases[ObjectIdentifier(lease)] { others = pending } else { others = [] }
            leases[ObjectIdentifier(lease)] = .failed(error)
            for other in others { fail(other, error) }
        }
    }
}

extension PostgresError {
    /// A prepared statement that is unknown, or no longer fits what the database has become.
    var isStalePreparation: Bool { isUnknownPreparation || hasChangedResult || hasLostType }

    var isUnknownPreparation: Bool { sqlState == "26000" }

    /// `cached plan must not change result type`, in whatever language.
    private var hasChangedResult: Bool { sqlState == "0A000" && routine == "RevalidateCachedQuery" }

    /// A parameter was inferred to be of a type that was dropped, as an enum is that is made anew under its old name. Never translated.
    private var hasLostType: Bool { sqlState == "XX000" && message.hasPrefix("cache lookup failed for type") }

    /// A value or an operator that does not fit the type inferred for a parameter. That type stays when the column it was inferred from changes its own:
    /// prepared anew, the statement may be in order. Mostly the value is wrong all the same, so that nothing is sent twice for it.
    var mayComeOfStalePreparation: Bool { ["22P02", "22P03", "42804", "42883"].contains(sqlState) }

    static var cancelledBeforeSending: PostgresError {
        PostgresError(.cancelled, "the task was cancelled before the statement was sent", isRetrySafe: true)
    }

    /// Nothing of it was sent.
    static func beforeSending(_ job: Job) -> PostgresError {
        guard job.isTimedOut else { return .cancelledBeforeSending }
        return PostgresError(.timedOut, "the time for the statement was up before it was sent", isRetrySafe: true)
    }

    static func whileRunning(_ job: Job) -> PostgresError {
        var fields = ServerFields()
        fields.sqlState = "57014"
        return job.isTimedOut
            ? PostgresError(.timedOut, "the time for the statement was up and the server ended it", fields: fields)
            : PostgresError(.cancelled, "the task was cancelled and the server ended the statement", fields: fields)
    }

    static func behindOthers(_ job: Job) -> PostgresError {
        job.isTimedOut
            ? PostgresError(.timedOut, "the time for the statement was up; it had been sent and may still run")
            : PostgresError(.cancelled, "the task was cancelled; the statement had been sent and may still run")
    }
}
