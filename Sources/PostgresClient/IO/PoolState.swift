/// Everything a pool decides: which job goes to which connection, and what becomes of both.
///
/// A value without sockets, threads or a clock. Its driver tells it what has happened and when, takes its effects, and carries them out when the
/// lock around it is free again.
struct PoolState<Connection: Sendable> {
    enum Phase: Equatable {
        case fresh
        case running
        case closing(deadline: Int64)
        case ended
    }

    enum LeaseState {
        /// Not granted yet; jobs that came beside the opening one.
        case waiting([Pending])
        case open(connection: Int)
        case failed(PostgresError)
    }

    let configuration: PostgresPoolConfiguration
    let recycling: Recycling
    private(set) var phase = Phase.fresh
    /// The moment of what is being decided.
    private(set) var now: Int64 = 0

    var connections: [ConnectionRecord<Connection>] = []
    private var lastConnectionID = 0
    var connecting = 0
    var backoff = Backoff()
    var lastConnectError: PostgresError?

    /// Jobs for any connection, and jobs that want one to themselves, each in order of arrival.
    var waiting = FIFO<Pending>()
    var waitingForLease = FIFO<Pending>()
    var leases: [ObjectIdentifier: LeaseState] = [:]
    var lastSequence: UInt64 = 0
    private var timeLimits = TimeLimits()
    /// Until when the server may take its time with jobs that are not cancelled though their tasks are.
    private var hurries = TimeLimits()

    var effects = PoolEffects<Connection>()
    /// No deadline is earlier than this.
    private(set) var nextTimer = Int64.max

    init(configuration: PostgresPoolConfiguration) {
        self.configuration = configuration
        self.recycling = Recycling(configuration)
    }

    // MARK: Events

    mutating func started(at now: Int64) {
        self.now = now
        guard phase == .fresh else { return }
        phase = .running
        waiting.changeEach { [deadline = acquireDeadline] in ($0.accepted, $0.deadline) = (now, deadline) }
        waitingForLease.changeEach { [deadline = acquireDeadline] in ($0.accepted, $0.deadline) = (now, deadline) }
        settle()
    }

    /// - Parameter eventLoop: The event loop that the caller runs on, if it does.
    mutating func submitted(_ pending: Pending, at now: Int64, preferring eventLoop: Int?) {
        self.now = now
        accept(pending)
        settle(preferring: eventLoop)
    }

    mutating func cancelled(_ job: Job, at now: Int64) {
        self.now = now
        cancel(job)
        settle()
    }

    /// The task of a job that must not be cancelled was cancelled: limit the time the job has left. May be called before the job is submitted.
    mutating func limitedAfterCancel(_ job: Job, at now: Int64) {
        self.now = now
        hurries.add(job, deadline: now + PoolState.cancelGrace)
        scheduleTimer(now + PoolState.cancelGrace)
        // COPY is a statement like others: its end is awaited, but the server may be asked to come to it.
        guard job.continuesCopy, let index = connections.firstIndex(where: { $0.jobs.first?.job === job }) else { return }
        requestCancel(onConnectionAt: index)
    }

    /// Events arrived on a connection; ignored when the pool has already given it up.
    mutating func received(_ arrivals: [ServerConnection.ConnectionEvent], on id: Int, at now: Int64) {
        self.now = now
        for arrival in arrivals {
            guard let index = index(of: id) else { break }
            switch arrival {
            case .finished(let outcome, let standing): finishFirst(outcome, standing, onConnectionAt: index)
            case .lost(let reason, let cause, let unsent): lose(connectionAt: index, reason: reason, cause: cause, unsent: unsent)
            }
        }
        settle()
    }

    mutating func connected(_ connection: Connection, outbox: Outbox, eventLoop: Int, id: Int, at now: Int64) {
        self.now = now
        opened(connection, outbox: outbox, eventLoop: eventLoop, id: id)
        settle()
    }

    mutating func connectFailed(_ error: PostgresError, at now: Int64) {
        self.now = now
        failedToConnect(error)
        settle()
    }

    /// The cancel request to this connection has been delivered, or failed to be.
    mutating func cancelDelivered(to id: Int, at now: Int64) {
        self.now = now
        guard let index = index(of: id) else { return }
        connections[index].isCancelling = false
        continueAfterJob(connectionAt: index, standing: ServerConnection.SessionStatus())
        settle()
    }

    /// Refuses new work; what was accepted may finish until the close timeout.
    mutating func closed(at now: Int64) {
        self.now = now
        switch phase {
        case .fresh: end()
        case .running:
            let deadline = deadline(after: configuration.closeTimeout)
            phase = .closing(deadline: deadline)
            scheduleTimer(deadline)
        case .closing, .ended: break
        }
        settle()
    }

    /// Time has passed. Ignored before the start.
    mutating func ticked(at now: Int64) {
        self.now = now
        guard phase != .fresh, nextTimer <= now else { return }
        expireDeadlines()
        settle()
        nextTimer = nextDeadline()
    }

    /// What the events since the last time lead to.
    mutating func takeEffects() -> PoolEffects<Connection> {
        defer { effects = PoolEffects() }
        return effects
    }

    private mutating func settle(preferring eventLoop: Int? = nil) {
        dispatch(preferring: eventLoop)
        if isDrained { end() }
    }

    mutating func nextConnectionID() -> Int {
        lastConnectionID += 1
        return lastConnectionID
    }

    // MARK: Time

    func deadline(after duration: Duration) -> Int64 { now.later(by: duration.wholeNanoseconds) }

    var acquireDeadline: Int64 { deadline(after: configuration.acquireTimeout) }

    mutating func scheduleTimer(_ moment: Int64) {
        guard moment < nextTimer else { return }
        nextTimer = moment
        effects.isTimerEarlier = true
    }

    mutating func limit(_ job: Job, to time: Duration) {
        let deadline = deadline(after: time)
        timeLimits.add(job, deadline: deadline)
        scheduleTimer(deadline)
    }

    private func nextDeadline() -> Int64 {
        var next = Int64.max
        if case .closing(let deadline) = phase { next = deadline }
        next = min(next, waiting.first?.deadline ?? .max, waitingForLease.first?.deadline ?? .max)
        if wantsConnections, backoff.failures > 0, connecting == 0 { next = min(next, backoff.notBefore) }
        next = min(next, timeLimits.next, hurries.next, nextRecycling())
        for connection in connections { next = min(next, connection.cancelRepeat ?? .max, connection.cancelDeadline ?? .max) }
        return next
    }

    private mutating func expireDeadlines() {
        while let first = waiting.first, first.deadline <= now { waiting.popFirst().map { fail($0, waitedTooLong()) } }
        while let first = waitingForLease.first, first.deadline <= now { waitingForLease.popFirst().map { fail($0, waitedTooLong()) } }
        for job in timeLimits.takeExpired(at: now) {
            job.setTimedOut()
            cancel(job)
        }
        for job in hurries.takeExpired(at: now) {
            for connection in connections where connection.has(job) {
                lose(connection.id, reason: "the task was cancelled and the server did not answer")
            }
        }
        recycle()
        for connection in connections where connection.cancelDeadline ?? .max <= now {
            lose(connection.id, reason: "the server did not react to a cancel request")
        }
        for index in connections.indices where connections[index].cancelRepeat ?? .max <= now { sendCancel(onConnectionAt: index) }
        if case .closing(let deadline) = phase, deadline <= now {
            for connection in connections { lose(connection.id, reason: "the pool was closed") }
        }
    }

    private func waitedTooLong() -> PostgresError {
        let time = "within \(configuration.acquireTimeout.wholeMilliseconds) ms"
        guard connections.isEmpty else {
            return PostgresError(
                .poolExhausted, "none of \(configuration.maximumConnections) connections became free \(time)", isRetrySafe: true
            )
        }
        var fields = PostgresError.ServerFields()
        fields.sqlState = lastConnectError?.sqlState
        fields.hint = lastConnectError?.hint
        let state = lastConnectError.map { "the last attempt said: \($0.message)" } ?? "the first attempt is still under way"
        return PostgresError(.connectionFailed, "no connection \(time); \(state)", fields: fields, isRetrySafe: true)
    }

    // MARK: The end

    var isClosing: Bool {
        switch phase {
        case .fresh, .running: false
        case .closing, .ended: true
        }
    }

    private var isDrained: Bool {
        guard case .closing(let deadline) = phase else { return false }
        if deadline <= now { return true }
        return waiting.isEmpty && waitingForLease.isEmpty && leases.isEmpty && connections.allSatisfy { $0.isIdle }
    }

    private mutating func end() {
        phase = .ended
        for connection in connections { lose(connection.id, reason: "the pool was closed") }
        for pending in waiting.removeAll() + waitingForLease.removeAll() { fail(pending, .poolClosed) }
        effects.isEnd = true
    }

    // MARK: Looking up

    func index(of id: Int) -> Int? { connections.indices.first { connections[$0].id == id } }

    func connection(of id: Int) -> Connection? { index(of: id).map { connections[$0].connection } }
}

extension PostgresError {
    static var poolClosed: PostgresError { PostgresError(.poolClosed, "the pool is closed", isRetrySafe: true) }
}
