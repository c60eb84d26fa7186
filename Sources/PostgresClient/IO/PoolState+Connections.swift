import Logging

/// Opening, losing and interrupting connections.
extension PoolState {
    /// How long a server may take to react to a cancel request, or to finish what a cancelled task leaves in order, before its connection is given up (5 s).
    static var cancelGrace: Int64 { 5_000_000_000 }

    var wantsConnections: Bool {
        let total = connections.count + connecting
        return total < configuration.minimumConnections || (total == 0 && !(waiting.isEmpty && waitingForLease.isEmpty))
    }

    /// Starts as many connections as `pressure` jobs and the minimum ask for, within the maximum.
    mutating func grow(by unmetDemand: Int) {
        let missing: Int
        switch phase {
        case .fresh, .ended: return
        case .running: missing = max(0, configuration.minimumConnections - connections.count - connecting)
        case .closing: missing = 0
        }
        var count = min(configuration.maximumConnections - connections.count - connecting, max(missing, unmetDemand - connecting))
        guard count > 0 else { return }
        if backoff.failures > 0 {
            // One attempt finds out whether the server is back.
            guard connecting == 0 else { return }
            guard now >= backoff.notBefore else { return scheduleTimer(backoff.notBefore) }
            count = min(count, 1)
        }
        connecting += count
        effects.connects += count
    }

    mutating func opened(_ connection: Connection, outbox: Outbox, eventLoop: Int, id: Int) {
        connecting -= 1
        backoff.succeeded()
        lastConnectError = nil
        guard phase != .ended else { return effects.closings.append(connection) }
        let expiry = recycling.expiry(openedAt: now, jitter: .random(in: 0...1))
        connections.append(ConnectionRecord(id: id, connection: connection, outbox: outbox, eventLoop: eventLoop, expiry: expiry, now: now))
        scheduleTimer(nextRecycling())
        effects.reports.append(.opened(connection: id, open: connections.count))
    }

    mutating func failedToConnect(_ error: PostgresError) {
        connecting -= 1
        lastConnectError = error
        backoff.failed(at: now, jitter: .random(in: 0...1))
        // The first attempt, the second, the fourth …: an hour without a server is a dozen lines.
        let level: Logger.Level = backoff.failures.nonzeroBitCount == 1 ? .warning : .debug
        effects.reports.append(.connectFailed(error, attempt: backoff.failures, pause: backoff.notBefore - now, level: level))
        scheduleTimer(backoff.notBefore)
        guard connections.isEmpty, error.isPermanentRefusal else { return }
        // Waiting does not help here; the next attempt is still made in case the cause was fixed.
        for pending in waiting.removeAll() + waitingForLease.removeAll() { fail(pending, error) }
    }

    mutating func lose(_ id: Int, reason: String) {
        if let index = index(of: id) { lose(connectionAt: index, reason: reason) }
    }

    /// Gives a connection up: what was sent fails, what was only held back or never sent is tried elsewhere or fails as not sent.
    ///
    /// - Parameters:
    ///   - cause: What the server said about the job it was working on.
    ///   - unsent: How many of its last jobs the connection took and did not send.
    mutating func lose(connectionAt index: Int, reason: String, cause: PostgresError? = nil, unsent: Int = 0) {
        var record = connections.remove(at: index)
        let unsent = unsent + record.outbox.seal()
        effects.closings.append(record.connection)
        let jobs = record.jobs.removeAll()
        let held = record.held.removeAll()
        let sent = jobs.dropLast(unsent)
        let isQuiet = sent.isEmpty && record.lease == nil
        effects.reports.append(
            .lost(
                connection: record.id, reason: reason, inFlight: sent.count, level: isQuiet ? (isClosing ? .debug : .info) : .warning,
                open: connections.count))
        let broken = PostgresError(.connectionLost, "the connection of this transaction broke: \(reason)")
        if let lease = record.lease { leases[ObjectIdentifier(lease)] = .failed(broken) }
        for (place, pending) in sent.enumerated() {
            if pending.job.isWithdrawn {
                fail(pending, .behindOthers(pending.job))
            } else {
                let words = place == 0 ? cause?.message ?? reason : reason
                fail(pending, PostgresError(.connectionLost, "the connection broke while the statement was on it: \(words)"))
            }
        }
        // Backwards, since each goes in front of what waits.
        for pending in jobs.suffix(unsent).reversed() { retryOrFail(pending) }
        for pending in held { fail(pending, broken) }
    }

    // MARK: Cancelling

    mutating func cancel(_ job: Job) {
        if let pending = waiting.remove(where: { $0.job === job }) ?? waitingForLease.remove(where: { $0.job === job }) {
            return fail(pending, .beforeSending(job))
        }
        if let lease = job.lease, case .waiting(var others) = leases[ObjectIdentifier(lease)],
            let place = others.firstIndex(where: { $0.job === job })
        {
            let pending = others.remove(at: place)
            leases[ObjectIdentifier(lease)] = .waiting(others)
            return fail(pending, .beforeSending(job))
        }
        for index in connections.indices {
            if let pending = connections[index].held.remove(where: { $0.job === job }) { return fail(pending, .beforeSending(job)) }
            guard connections[index].has(job) else { continue }
            if connections[index].jobs.first?.job === job { return requestCancel(onConnectionAt: index) }
            // It cannot be unsent, and a cancel request now would strike a neighbor: let the caller go, and interrupt it in its turn.
            connections[index].jobs.changeEach { pending in
                guard pending.job === job, !pending.isAbandoned else { return }
                pending.isAbandoned = true
                effects.abandoned.append((pending, .behindOthers(job)))
            }
            return
        }
    }

    /// Asks the server to interrupt the connection's current job. Until the request is delivered nothing new goes there, and what is
    /// already on the connection behind it is marked, since the request names a connection, not a statement.
    mutating func requestCancel(onConnectionAt index: Int) {
        guard !connections[index].isCancelling, let job = connections[index].jobs.first?.job, connections[index].cancelledJob !== job
        else { return }
        connections[index].cancelledJob = job
        connections[index].cancelDeadline = now + PoolState.cancelGrace
        sendCancel(onConnectionAt: index)
    }

    /// A server that has not yet read the statement passes over the request to stop it: it is asked once a second.
    mutating func sendCancel(onConnectionAt index: Int) {
        connections[index].cancelRepeat = now + 1_000_000_000
        scheduleTimer(now + 1_000_000_000)
        guard !connections[index].isCancelling else { return }
        connections[index].isCancelling = true
        connections[index].jobs.changeEach { $0.mayBeStruckByCancel = true }
        effects.interruptions.append((connections[index].connection, id: connections[index].id))
    }
}
