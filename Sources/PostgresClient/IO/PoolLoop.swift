import Logging

/// The I/O thread's side of a pool: owns every connection and every job that is not finished.
///
/// Confined to its thread; other threads reach it through the mailbox. One turn reads what the servers answered, takes what callers
/// submitted meanwhile, assigns it to connections, and flushes each of these once.
final class PoolLoop {
    enum LeaseState {
        /// Not granted yet; jobs that came after the opening one.
        case waiting([Job])
        case open(ServerConnection)
        case failed(PostgresError)
    }

    let configuration: PostgresPoolConfiguration
    let connectionParameters: [(keyword: String, value: String)]
    let logger: Logger
    let mailbox: Mailbox
    let gauges: Gauges
    var poller: Poller

    var connections: [ServerConnection] = []
    var connectionsByID: [Int: ServerConnection] = [:]
    var lastConnectionID = 0
    var connecting = 0
    var backoff = Backoff()
    var lastConnectError: PostgresError?
    let recycling: Recycling
    var random = SystemRandomNumberGenerator()

    /// Jobs for any connection, and jobs that want one to themselves, each in order of arrival.
    var waiting = FIFO<Job>()
    var waitingForLease = FIFO<Job>()
    var leases: [ObjectIdentifier: LeaseState] = [:]
    var lastSequence: UInt64 = 0
    var timeLimits = TimeLimits()

    /// Callers to resume once the turn's work is on its way.
    var finished: [(CheckedContinuation<Outcome, Never>, Outcome)] = []
    var now = monotonicNow()
    var isClosing = false
    var closeDeadline = Int64.max

    private static let wakeToken = 0

    init(configuration: PostgresPoolConfiguration, logger: Logger, mailbox: Mailbox, gauges: Gauges) throws(PostgresError) {
        self.configuration = configuration
        self.connectionParameters = configuration.connectionParameters
        self.recycling = Recycling(configuration)
        self.logger = logger
        self.mailbox = mailbox
        self.gauges = gauges
        self.poller = try Poller()
        poller.add(mailbox.descriptor, token: PoolLoop.wakeToken)
    }

    /// Runs until the pool is closed and drained.
    func run() {
        var events: [Poller.Event] = []
        var messages: [Message] = []
        while !isDone {
            // Callers that were just resumed may have answered already: then there is no time to sleep.
            let maySleep = mailbox.prepareToSleep()
            poller.wait(milliseconds: maySleep ? timeToNextDeadline() : 0, into: &events)
            if maySleep { mailbox.finishSleeping() }
            now = monotonicNow()
            for event in events { handle(event) }
            resumeFinished()
            mailbox.take(into: &messages)
            for message in messages { handle(message) }
            messages.removeAll(keepingCapacity: true)
            expireDeadlines()
            dispatch()
            flush()
            gauges.set(statistics)
            resumeFinished()
        }
        shutDown()
        gauges.set(PostgresPoolStatistics())
    }

    private func handle(_ event: Poller.Event) {
        guard event.token != PoolLoop.wakeToken else { return mailbox.acknowledgeWake() }
        guard let connection = connectionsByID[event.token] else { return }
        if event.isReadable { receive(on: connection) }
        if event.isWritable, connectionsByID[connection.id] != nil { flush(connection) }
    }

    func receive(on connection: ServerConnection) {
        connection.receive(now: now) { received in
            switch received {
            case .finished(let job, let outcome): finish(job, outcome, on: connection)
            case .lost(let reason): lose(connection, reason: reason)
            }
        }
    }

    private func handle(_ message: Message) {
        switch message {
        case .submit(let job): accept(job)
        case .cancel(let mark): cancel(mark)
        case .connected(let handle): connected(handle)
        case .connectFailed(let error): connectFailed(error)
        case .cancelDelivered(let id): cancelDelivered(to: id)
        case .close:
            guard !isClosing else { return }
            isClosing = true
            closeDeadline = now.addingReportingOverflow(configuration.closeTimeout.wholeNanoseconds).partialValue
        }
    }

    // MARK: Flushing and resuming

    private func flush() {
        for connection in connections where connection.isDirty { flush(connection) }
    }

    private func flush(_ connection: ServerConnection) {
        repeat {
            guard connection.flush() else { return lose(connection, reason: connection.errorMessage) }
            // May start the next job, and so make the connection dirty again.
            if let job = connection.takeWrittenCopyJob() { finish(job, .success([]), on: connection) }
        } while connection.isDirty && connectionsByID[connection.id] != nil
        let interest = ServerConnection.Interest(reading: !connection.isPaused, writing: connection.waitsForWriting)
        guard interest != connection.interest, connectionsByID[connection.id] != nil else { return }
        connection.interest = interest
        poller.change(connection.socket, token: connection.id, readable: interest.reading, writable: interest.writing)
    }

    private func resumeFinished() {
        guard !finished.isEmpty else { return }
        for (completion, outcome) in finished { completion.resume(returning: outcome) }
        finished.removeAll(keepingCapacity: true)
    }

    // MARK: Time

    private func timeToNextDeadline() -> Int32 {
        var next = isClosing ? closeDeadline : Int64.max
        next = min(next, waiting.first?.deadline ?? .max, waitingForLease.first?.deadline ?? .max)
        if wantsConnections, backoff.failures > 0, connecting == 0 { next = min(next, backoff.notBefore) }
        next = min(next, timeLimits.next, nextRecycling())
        for connection in connections { next = min(next, connection.cancelDeadline ?? .max) }
        guard next < .max else { return -1 }
        return Int32(clamping: max(0, next - now + 999_999) / 1_000_000)
    }

    private func expireDeadlines() {
        while let job = waiting.first, job.deadline <= now { waiting.popFirst().map { fail($0, waitedTooLong()) } }
        while let job = waitingForLease.first, job.deadline <= now { waitingForLease.popFirst().map { fail($0, waitedTooLong()) } }
        for mark in timeLimits.takeExpired(at: now) {
            mark.setTimedOut()
            cancel(mark)
        }
        recycle()
        for connection in connections {
            if let deadline = connection.cancelDeadline, deadline <= now {
                lose(connection, reason: "the server did not react to a cancel request")
            }
        }
        if closeDeadline <= now { for connection in connections { lose(connection, reason: "the pool was closed") } }
    }

    private func waitedTooLong() -> PostgresError {
        let time = "within \(configuration.acquireTimeout.wholeMilliseconds) ms"
        if connections.isEmpty, let lastConnectError {
            var fields = PostgresError.ServerFields()
            fields.sqlState = lastConnectError.sqlState
            fields.hint = lastConnectError.hint
            return PostgresError(
                .connectionFailed, "no connection \(time); the last attempt said: \(lastConnectError.message)", fields: fields,
                isRetrySafe: true
            )
        }
        return PostgresError(
            .poolExhausted, "none of \(configuration.maximumConnections) connections became free \(time)", isRetrySafe: true
        )
    }

    // MARK: The end

    private var isDone: Bool {
        guard isClosing else { return false }
        if closeDeadline <= now { return true }
        return waiting.isEmpty && waitingForLease.isEmpty && leases.isEmpty && connections.allSatisfy { $0.isIdle }
    }

    private func shutDown() {
        let error = PostgresError.poolClosed
        for connection in connections { lose(connection, reason: "the pool was closed") }
        for job in waiting.removeAll() + waitingForLease.removeAll() { fail(job, error) }
        for case .submit(let job) in mailbox.close() { fail(job, error) }
        resumeFinished()
    }
}

extension PostgresError {
    static var poolClosed: PostgresError { PostgresError(.poolClosed, "the pool is closed", isRetrySafe: true) }
}
