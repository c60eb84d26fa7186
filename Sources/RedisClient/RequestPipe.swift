import NIOCore
import Synchronization

/// The queue between callers and one connection at a time: requests that wait to be written, and requests that wait for replies.
///
/// Callers on any thread append; one scheduled turn of the event loop writes everything that has gathered in one flush. The server
/// answers in order, so replies go to the oldest request in flight. A request that ended early keeps its place until its reply came.
final class RequestPipe: Sendable {
    enum Phase {
        case disconnected
        case handshaking(any Channel)
        case ready(any Channel)
        case closed(RedisError)
    }

    struct InFlight {
        let request: RedisRequest
        let writtenAt: NIODeadline
        /// Of the backlog; a handshake is not from there.
        var cost = BacklogCost()
        var replies: [RedisValue] = []
    }

    struct State {
        var phase = Phase.disconnected
        var backlog: Backlog<RedisRequest>
        var inFlight = CircularBuffer<InFlight>()
        var isFlushScheduled = false
        var nextSweep = NIODeadline.distantFuture
        var lastRead = NIODeadline.now()
        /// Why there is no connection, for the callers whose deadline passes meanwhile.
        var trouble: RedisError?

        /// Everything in flight, which will not be answered any more.
        mutating func takeInFlight() -> [RedisRequest] {
            let taken = inFlight
            inFlight = CircularBuffer()
            for entry in taken { backlog.release(entry.cost) }
            return taken.map(\.request)
        }

        mutating func takeBacklog() -> [RedisRequest] {
            backlog.remove { _ in true }.map(\.element)
        }
    }

    /// What one flush writes at most, so that a turn of the loop stays short and a stopped server does not swallow everything.
    private static let flushLimit = 256 * 1024

    let eventLoop: any EventLoop
    /// How long the server may be silent while it owes an overdue reply; then the connection counts as dead. Nil: for ever.
    let silenceLimit: TimeAmount?
    /// False for a connection of somebody's own: when it is gone, so is the pipe.
    private let outlivesConnection: Bool
    /// Gets what no request asked for: pushes (RESP3), and replies when nothing is in flight, as a RESP2 connection that listens gets them.
    private let unsolicited: (@Sendable (RedisValue) -> Void)?
    let state: Mutex<State>

    init(
        eventLoop: any EventLoop, silenceLimit: TimeAmount?, outlivesConnection: Bool, limits: RedisQueueLimits = .init(),
        unsolicited: (@Sendable (RedisValue) -> Void)? = nil
    ) {
        state = Mutex(State(backlog: Backlog(limits: limits)))
        self.unsolicited = unsolicited
        self.eventLoop = eventLoop
        self.silenceLimit = silenceLimit
        self.outlivesConnection = outlivesConnection
    }

    // MARK: Callers

    /// Sends `request` and waits for its outcome. Cancelling the task ends the wait at once and then calls `onCancel`.
    func roundTrip(_ request: RedisRequest, onCancel: @escaping @Sendable () -> Void = {}) async throws(RedisError) -> [RedisValue] {
        let outcome = await withTaskCancellationHandler {
            await request.outcome { enqueue(request) }
        } onCancel: {
            request.finish(
                .failure(RedisError(.cancelled, "the task waiting for the reply was cancelled", isRetrySafe: !request.isWritten)))
            if !request.isWritten { state.withLock { $0.backlog.noteDeath() } }
            onCancel()
        }
        return try outcome.get()
    }

    private func enqueue(_ request: RedisRequest) {
        enum Action { case none, flush, refuse(RedisError) }
        let (action, sweep) = state.withLock { state -> (Action, NIODeadline?) in
            var action = Action.none
            switch state.phase {
            case .closed(let error): return (.refuse(error), nil)
            case .disconnected:
                // A wrong password does not mend itself within a deadline: say so at once.
                if let trouble = state.trouble, !trouble.isConnectionTrouble { return (.refuse(trouble), nil) }
            case .handshaking: break
            case .ready:
                if !state.isFlushScheduled {
                    state.isFlushScheduled = true
                    action = .flush
                }
            }
            state.backlog.append(request)
            guard request.deadline < state.nextSweep else { return (action, nil) }
            state.nextSweep = request.deadline
            return (action, request.deadline)
        }
        if let sweep { scheduleSweep(sweep) }
        switch action {
        case .none: break
        case .flush: eventLoop.execute { self.flush() }
        case .refuse(let error): request.finish(.failure(error))
        }
    }

    // MARK: The connection's life

    /// Takes `channel` on, and writes `handshake` before anything that waits.
    func begin(_ channel: any Channel, handshake: RedisRequest) {
        let isClosed = state.withLock { state in
            if case .closed = state.phase { return true }
            state.phase = .handshaking(channel)
            state.inFlight = [InFlight(request: handshake, writtenAt: .now())]
            state.nextSweep = min(state.nextSweep, handshake.deadline)
            return false
        }
        guard !isClosed else { return channel.close(promise: nil) }
        _ = handshake.markWritten()
        scheduleSweep(handshake.deadline)
        var buffer = ByteBufferAllocator().buffer(capacity: handshake.cost.bytes)
        handshake.write(to: &buffer)
        channel.writeAndFlush(buffer, promise: nil)
    }

    /// The handshake succeeded: what waits may go.
    func ready(_ channel: any Channel) {
        state.withLock { state in
            guard case .handshaking(let current) = state.phase, current === channel else { return }
            state.phase = .ready(channel)
            state.trouble = nil
            state.isFlushScheduled = true
        }
        eventLoop.execute { self.flush() }
    }

    /// Called from the channel's handler when the connection is gone.
    func lost(_ channel: any Channel, because error: RedisError?) {
        let orphans = state.withLock { state -> [RedisRequest] in
            switch state.phase {
            case .handshaking(let current), .ready(let current):
                guard current === channel else { return [] }
                state.phase = .disconnected
                state.trouble = error
            case .disconnected, .closed: break
            }
            return state.takeInFlight()
        }
        let error = error ?? RedisError(.connectionLost, "the connection broke before the reply came; the command may have run")
        for orphan in orphans { orphan.finish(.failure(error)) }
        if !outlivesConnection { close(error) }
    }

    /// Remembers why connecting failed. Trouble that waiting cannot mend fails everything that waits.
    func connectFailed(_ error: RedisError) {
        let refused = state.withLock { state -> [RedisRequest] in
            if case .closed = state.phase { return [] }
            state.trouble = error
            return error.isConnectionTrouble ? [] : state.takeBacklog()
        }
        for request in refused { request.finish(.failure(error)) }
    }

    /// Ends everything for good. The second call changes nothing.
    func close(_ error: RedisError) {
        let (channel, requests) = state.withLock { state -> ((any Channel)?, [RedisRequest]) in
            var channel: (any Channel)?
            switch state.phase {
            case .closed: return (nil, [])
            case .handshaking(let current), .ready(let current): channel = current
            case .disconnected: break
            }
            state.phase = .closed(error)
            return (channel, state.takeInFlight() + state.takeBacklog())
        }
        channel?.close(promise: nil)
        for request in requests { request.finish(.failure(error)) }
    }

    var isClosed: Bool {
        state.withLock { if case .closed = $0.phase { true } else { false } }
    }

    var channel: (any Channel)? {
        state.withLock { state in
            switch state.phase {
            case .handshaking(let channel), .ready(let channel): channel
            case .disconnected, .closed: nil
            }
        }
    }

    // MARK: On the event loop

    /// Writes what has gathered. Stops while the socket is full; the handler calls again once it has room.
    func flush() {
        let (channel, batch, size, more) = state.withLock { state -> ((any Channel)?, [RedisRequest], Int, Bool) in
            state.isFlushScheduled = false
            guard case .ready(let channel) = state.phase, channel.isWritable else { return (nil, [], 0, false) }
            var batch: [RedisRequest] = []
            var size = 0
            let now = NIODeadline.now()
            while size < Self.flushLimit, let request = state.backlog.popFirst() {
                guard request.markWritten() else {
                    state.backlog.release(request.cost)
                    continue
                }
                state.inFlight.append(InFlight(request: request, writtenAt: now, cost: request.cost))
                batch.append(request)
                size += request.cost.bytes
            }
            state.isFlushScheduled = !state.backlog.isEmpty
            return (channel, batch, size, state.isFlushScheduled)
        }
        guard let channel, !batch.isEmpty else { return }
        var buffer = ByteBufferAllocator().buffer(capacity: size)
        for request in batch { request.write(to: &buffer) }
        channel.writeAndFlush(buffer, promise: nil)
        if more { eventLoop.execute { self.flush() } }
    }

    /// Gives replies, in order, to the requests that have waited longest.
    func receive(_ replies: [RedisValue]) {
        let (finished, others, more) = state.withLock { state -> ([InFlight], [RedisValue], Bool) in
            state.lastRead = .now()
            var finished: [InFlight] = []
            var others: [RedisValue] = []
            for reply in replies {
                if reply.isPush || state.inFlight.isEmpty {
                    others.append(reply)
                    continue
                }
                let first = state.inFlight.startIndex
                state.inFlight[first].replies.append(reply)
                if state.inFlight[first].replies.count == state.inFlight[first].request.replyCount {
                    let entry = state.inFlight.removeFirst()
                    state.backlog.release(entry.cost)
                    finished.append(entry)
                }
            }
            // Room was made: somebody outside may have come in.
            return (finished, others, !state.backlog.isEmpty && !state.isFlushScheduled)
        }
        for entry in finished { entry.request.finish(.success(entry.replies)) }
        if more { flush() }
        guard let unsolicited else { return }
        for value in others { unsolicited(value) }
    }
}
