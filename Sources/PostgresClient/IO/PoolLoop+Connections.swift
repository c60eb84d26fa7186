import Logging

/// Opening, losing and interrupting connections.
extension PoolLoop {
    /// How long a server may take to react to a cancel request before its connection is given up (5 s).
    private static let cancelGrace: Int64 = 5_000_000_000

    var wantsConnections: Bool {
        let total = connections.count + connecting
        return total < configuration.minimumConnections || (total == 0 && !(waiting.isEmpty && waitingForLease.isEmpty))
    }

    /// Starts as many connections as `pressure` jobs and the minimum ask for, within the maximum.
    func grow(by pressure: Int) {
        guard !isClosing || pressure > 0 else { return }
        let total = connections.count + connecting
        let missing = isClosing ? 0 : max(0, configuration.minimumConnections - total)
        var count = min(configuration.maximumConnections - total, max(missing, pressure - connecting))
        if backoff.failures > 0 {
            // One attempt finds out whether the server is back.
            guard connecting == 0, now >= backoff.notBefore else { return }
            count = min(count, 1)
        }
        guard count > 0 else { return }
        for _ in 0..<count { startConnecting() }
    }

    private func startConnecting() {
        let connector = Connector(parameters: connectionParameters, timeout: configuration.connectTimeout)
        let mailbox = mailbox
        connecting += 1
        let isStarted = startThread(named: "pg-connect") {
            do throws(PostgresError) {
                let handle = try connector.connect()
                mailbox.post(.connected(handle))
            } catch {
                mailbox.post(.connectFailed(error))
            }
        }
        if !isStarted { connectFailed(PostgresError(.connectionFailed, "no thread could be started", isRetrySafe: true)) }
    }

    func connected(_ handle: ConnectionHandle) {
        connecting -= 1
        backoff.succeeded()
        lastConnectError = nil
        lastConnectionID += 1
        let connection = ServerConnection(id: lastConnectionID, handle: handle, configuration: configuration, logger: logger, now: now)
        connection.expiry = recycling.expiry(openedAt: now, using: &random)
        connections.append(connection)
        connectionsByID[connection.id] = connection
        poller.add(connection.socket, token: connection.id)
        logger.debug("PostgreSQL connection opened", metadata: metadata(connection))
        configuration.observer?.connectionOpened?()
    }

    func connectFailed(_ error: PostgresError) {
        connecting -= 1
        lastConnectError = error
        configuration.observer?.connectionFailed?(error)
        backoff.failed(at: now, using: &random)
        logger.warning(
            "PostgreSQL connection failed",
            metadata: [
                "error": "\(error)", "attempt": "\(backoff.failures)", "retryInMilliseconds": "\((backoff.notBefore - now) / 1_000_000)",
            ]
        )
        guard connections.isEmpty, error.isPermanentRefusal else { return }
        // Waiting longer helps nobody; the next attempt is made all the same, in case somebody puts it right.
        for job in waiting.removeAll() + waitingForLease.removeAll() { fail(job, error) }
    }

    /// Gives `connection` up: what is on the wire fails, what was only held back is tried elsewhere or fails as not sent.
    func lose(_ connection: ServerConnection, reason: String) {
        guard connectionsByID.removeValue(forKey: connection.id) != nil else { return }
        connections.removeAll { $0 === connection }
        poller.remove(connection.socket)
        configuration.observer?.connectionClosed?()
        let (sent, held, failureOfFirst) = connection.removeAllJobs()
        let isQuiet = sent.isEmpty && connection.lease == nil
        let level: Logger.Level = isQuiet ? (isClosing ? .debug : .info) : .warning
        var details = metadata(connection)
        details["reason"] = "\(reason)"
        details["inFlight"] = "\(sent.count)"
        logger.log(level: level, "PostgreSQL connection given up", metadata: details)
        if let lease = connection.lease {
            leases[ObjectIdentifier(lease)] = .failed(
                PostgresError(.connectionLost, "the connection of this transaction broke: \(reason)")
            )
            connection.lease = nil
        }
        for (index, job) in sent.enumerated() {
            let cause = index == 0 ? failureOfFirst?.message ?? reason : reason
            if job.mark.isSet {
                fail(job, .behindOthers(job.mark))
            } else {
                fail(job, PostgresError(.connectionLost, "the connection broke while the statement was on it: \(cause)"))
            }
        }
        for job in held { fail(job, PostgresError(.connectionLost, "the connection of this transaction broke: \(reason)")) }
    }

    // MARK: Cancelling

    func cancel(_ mark: CancellationMark) {
        if let job = waiting.remove(where: { $0.mark === mark }) ?? waitingForLease.remove(where: { $0.mark === mark }) {
            return fail(job, .beforeSending(mark))
        }
        for connection in connections {
            if let job = connection.held.remove(where: { $0.mark === mark }) { return fail(job, .beforeSending(mark)) }
            guard connection.contains(mark) else { continue }
            if connection.current?.mark === mark { return requestCancel(on: connection) }
            // It cannot be unsent, and a cancel request now would strike a neighbour: let the caller go, and interrupt it in its turn.
            connection.forEachJob { job in
                guard job.mark === mark, let completion = job.completion else { return }
                job.completion = nil
                finished.append((completion, .failure(.behindOthers(mark))))
            }
            return
        }
    }

    /// Asks the server to interrupt the connection's current job. Until the request is delivered nothing new goes there, and what is
    /// already on the wire behind it is marked, since the request names a connection, not a statement.
    func requestCancel(on connection: ServerConnection) {
        guard !connection.isCancelling, let mark = connection.current?.mark, connection.cancelledJob !== mark,
            let request = connection.makeCancelRequest()
        else { return }
        connection.isCancelling = true
        connection.cancelledJob = mark
        connection.cancelDeadline = now + PoolLoop.cancelGrace
        connection.forEachJob { $0.mayBeStruckByCancel = true }
        let mailbox = mailbox
        let id = connection.id
        let isStarted = startThread(named: "pg-cancel") {
            request.send()
            mailbox.post(.cancelDelivered(connection: id))
        }
        if !isStarted { connection.isCancelling = false }
    }

    func cancelDelivered(to id: Int) {
        guard let connection = connectionsByID[id] else { return }
        connection.isCancelling = false
        afterwards(connection)
    }

    func metadata(_ connection: ServerConnection) -> Logger.Metadata {
        ["connection": "\(connection.id)", "open": "\(connections.count)"]
    }
}
