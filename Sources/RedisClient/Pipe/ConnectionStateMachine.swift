import NIOCore

protocol PipedRequest: BacklogElement, Equatable {
    var replyCount: Int { get }
    var deadline: NIODeadline { get }
    /// Marks it as written, from when on it is unknown whether it ran; false when its caller no longer waits.
    func claim() -> Bool
}

/// What waits for a connection, and what waits for replies on it: one connection at a time, which answers in the order it was asked.
/// Knows no socket, no lock and no clock; what to write and whom to tell are results.
///
/// A request that ended early keeps its place until its reply came.
struct ConnectionStateMachine<Request: PipedRequest, Connection: Equatable> {
    enum Phase {
        /// Next: handshaking, or closed.
        case disconnected
        /// Next: ready, disconnected (it was refused, or broke), or closed.
        case handshaking(Connection)
        /// Next: disconnected, or closed.
        case ready(Connection)
        /// For good.
        case closed(RedisError)
    }

    private struct InFlight {
        let request: Request
        let writtenAt: NIODeadline
        /// Of the backlog; a handshake is not from there.
        var cost = BacklogCost()
    }

    /// How long the server may be silent while it owes an overdue reply; then the connection counts as dead. Nil: indefinitely.
    private let silenceLimit: TimeAmount?
    /// False for a connection of somebody's own: when it is gone, so is the pipe.
    private let reconnects: Bool
    private(set) var phase = Phase.disconnected
    private var backlog: Backlog<Request>
    private var inFlight = CircularBuffer<InFlight>()
    /// Replies to the first of `inFlight`, when it is owed several.
    private var gathered: [RedisValue] = []
    private var lastRead = NIODeadline.distantPast
    /// Why there is no connection, for the callers whose deadline passes meanwhile.
    private var trouble: RedisError?
    /// When to look at deadlines and silence next.
    private(set) var nextSweep = NIODeadline.distantFuture

    init(silenceLimit: TimeAmount? = nil, reconnects: Bool = true, limits: RedisQueueLimits = .init()) {
        self.silenceLimit = silenceLimit
        self.reconnects = reconnects
        backlog = Backlog(limits: limits)
    }

    /// Commands that callers sent and that are owed a reply.
    private(set) var commandsInFlight = 0
    /// Requests that were not written yet.
    var waiting: Int { backlog.count }

    // MARK: Callers

    enum Submission: Equatable {
        case queued
        case refused(RedisError)
    }

    mutating func submit(_ request: Request) -> Submission {
        switch phase {
        case .closed(let error): return .refused(error)
        case .disconnected:
            // A wrong password does not mend itself within a deadline: say so at once.
            if let trouble, !trouble.isConnectionTrouble { return .refused(trouble) }
        case .handshaking, .ready: break
        }
        backlog.append(request)
        if request.deadline < nextSweep { nextSweep = request.deadline }
        return .queued
    }

    /// Requests that wait have been given up by their callers.
    mutating func abandoned(_ count: Int) {
        for _ in 0..<count { backlog.noteDeath() }
    }

    // MARK: The connection's life

    enum Beginning: Equatable {
        case write
        /// The pipe was closed meanwhile; the handshake is not taken on.
        case close(RedisError)
    }

    /// Takes `connection` on; `handshake` goes before anything that waits.
    mutating func begin(_ connection: Connection, handshake: Request, at now: NIODeadline) -> Beginning {
        if case .closed(let error) = phase { return .close(error) }
        phase = .handshaking(connection)
        inFlight = [InFlight(request: handshake, writtenAt: now)]
        (gathered, commandsInFlight) = ([], 0)
        lastRead = now
        nextSweep = min(nextSweep, handshake.deadline)
        _ = handshake.claim()
        return .write
    }

    /// The handshake succeeded: what waits may go. False when the connection is not the current one any more.
    mutating func ready(_ connection: Connection, at now: NIODeadline) -> Bool {
        guard case .handshaking(connection) = phase else { return false }
        phase = .ready(connection)
        trouble = nil
        lastRead = now
        return true
    }

    struct Loss: Equatable {
        /// In flight, and not answered any more.
        var unanswered: [Request] = []
        var error: RedisError
    }

    /// The connection is gone. Nil when that was known.
    mutating func lost(_ connection: Connection, because reason: RedisError?) -> Loss? {
        switch phase {
        case .handshaking(connection), .ready(connection): break
        case .handshaking, .ready, .disconnected, .closed: return nil
        }
        var error = reason ?? RedisError(.connectionLost, "the connection broke before the reply came; the command may have run")
        // A server at its connection limit answers any request with one error and closes.
        if case .handshaking = phase, case .error(let refusal)? = gathered.first { error = RedisError(server: refusal) }
        phase = reconnects ? .disconnected : .closed(error)
        trouble = reason
        var loss = Loss(unanswered: takeInFlight(), error: error)
        if !reconnects { loss.unanswered += takeBacklog() }
        return loss
    }

    /// Connecting failed. Trouble that waiting cannot mend fails everything that waits, which is what is returned.
    mutating func connectFailed(_ error: RedisError) -> [Request] {
        if case .closed = phase { return [] }
        trouble = error
        return error.isConnectionTrouble ? [] : takeBacklog()
    }

    struct Closing: Equatable {
        var connection: Connection?
        var unanswered: [Request] = []
    }

    /// Ends everything for good. The second call changes nothing.
    mutating func close(_ error: RedisError) -> Closing {
        var closing = Closing()
        switch phase {
        case .closed: return closing
        case .handshaking(let current), .ready(let current): closing.connection = current
        case .disconnected: break
        }
        phase = .closed(error)
        closing.unanswered = takeInFlight() + takeBacklog()
        return closing
    }

    private mutating func takeInFlight() -> [Request] {
        let taken = inFlight
        inFlight = CircularBuffer()
        (gathered, commandsInFlight) = ([], 0)
        for entry in taken { backlog.release(entry.cost) }
        return taken.map(\.request)
    }

    private mutating func takeBacklog() -> [Request] {
        backlog.remove { _ in true }.map(\.element)
    }

    // MARK: Writing and reading

    /// The next request to write, nil when there is none, or no connection.
    mutating func next(at now: NIODeadline) -> Request? {
        guard case .ready = phase else { return nil }
        while let request = backlog.popFirst() {
            if request.claim() {
                inFlight.append(InFlight(request: request, writtenAt: now, cost: request.cost))
                commandsInFlight += request.cost.commands
                return request
            }
            backlog.release(request.cost)
        }
        return nil
    }

    /// Whether replies on `connection` answer what is in flight: one that was given up may speak on until it is closed.
    func isCurrent(_ connection: Connection) -> Bool {
        switch phase {
        case .handshaking(connection), .ready(connection): true
        case .handshaking, .ready, .disconnected, .closed: false
        }
    }

    enum Receipt: Equatable {
        case answered(Request, RedisReplies)
        /// The request is owed more.
        case gathered
        /// What no request asked for: pushes (RESP3), and replies when nothing is in flight, as a RESP2 connection that listens gets them.
        case unsolicited(RedisValue)
    }

    /// Gives a reply to the request that has waited longest.
    mutating func received(_ reply: RedisValue) -> Receipt {
        guard !reply.isPush, let first = inFlight.first else { return .unsolicited(reply) }
        let count = first.request.replyCount
        guard count > 1 else {
            finishFirst()
            return .answered(first.request, .one(reply))
        }
        if gathered.isEmpty { gathered.reserveCapacity(count) }
        gathered.append(reply)
        guard gathered.count == count else { return .gathered }
        let replies = gathered
        gathered = []
        finishFirst()
        return .answered(first.request, .many(replies))
    }

    private mutating func finishFirst() {
        let cost = inFlight.removeFirst().cost
        commandsInFlight -= cost.commands
        backlog.release(cost)
    }

    /// Something was read, which shows that the server lives.
    mutating func noteRead(at now: NIODeadline) { lastRead = now }

    // MARK: Time

    struct Sweep: Equatable {
        /// Whose deadline has passed, and what to tell them.
        var overdue: [Overdue] = []
        /// Has been silent for too long.
        var dead: Connection?
    }

    struct Overdue: Equatable {
        var request: Request
        var error: RedisError
    }

    /// Fails what is overdue, and gives up a connection that has gone silent. ``nextSweep`` says when to call it again.
    mutating func sweep(at now: NIODeadline) -> Sweep {
        var sweep = Sweep()
        guard now >= nextSweep else { return sweep }
        var next = NIODeadline.distantFuture
        var connected: Connection?
        if case .ready(let connection) = phase { connected = connection }
        let unwritten = backlog.remove { request in
            if request.deadline > now { next = min(next, request.deadline) }
            return request.deadline <= now
        }
        for (request, wasOutside) in unwritten {
            let error = RedisError.overdue(isConnected: connected != nil, wasOutside: wasOutside, trouble: trouble)
            sweep.overdue.append(Overdue(request: request, error: error))
        }
        for entry in inFlight where !entry.request.isFinished {
            if entry.request.deadline > now {
                next = min(next, entry.request.deadline)
            } else {
                sweep.overdue.append(Overdue(request: entry.request, error: .unanswered))
            }
        }
        if let silenceLimit, let connected, let oldest = inFlight.first, oldest.request.deadline <= now {
            let patience = max(oldest.writtenAt, lastRead) + silenceLimit
            if patience <= now { sweep.dead = connected } else { next = min(next, patience) }
        }
        nextSweep = next
        return sweep
    }
}

extension RedisError {
    static let unanswered = RedisError(
        .timedOut, "no reply within the deadline; the server may be stopped or overloaded, and the command may still run")

    /// Of a request that was not written within its deadline.
    static func overdue(isConnected: Bool, wasOutside: Bool, trouble: RedisError?) -> RedisError {
        guard isConnected else {
            let message = trouble?.message ?? "no connection in time; the server is silent, or run() is not running"
            return RedisError(.connectionFailed, message, isRetrySafe: true)
        }
        let message =
            wasOutside
            ? "the queue was full until the deadline; the server does not keep up, or the limits are too low"
            : "the command could not be written within the deadline; the server does not read"
        return RedisError(.timedOut, message, isRetrySafe: true)
    }
}
