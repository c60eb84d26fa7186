import NIOCore
import Synchronization

/// The queue between callers and one connection at a time: requests that wait to be written, and requests that wait for replies.
///
/// Callers on any thread append; one scheduled turn of the event loop writes everything that has gathered in one flush. The server
/// answers in order, so replies go to the oldest request in flight. A request that ended early keeps its place until its reply came.
final class RequestPipe: Sendable {
    private enum Phase {
        case disconnected
        case handshaking(any Channel)
        case ready(any Channel)
        case closed(RedisError)
    }

    private struct InFlight {
        let request: RedisRequest
        let writtenAt: NIODeadline
        var replies: [RedisValue] = []
    }

    private struct State {
        var phase = Phase.disconnected
        var waiting = CircularBuffer<RedisRequest>()
        var inFlight = CircularBuffer<InFlight>()
        var isFlushScheduled = false
        var nextSweep = NIODeadline.distantFuture
        var lastRead = NIODeadline.now()
        /// Why there is no connection, for the callers whose deadline passes meanwhile.
        var trouble: RedisError?
    }

    /// What one flush writes at most, so that a turn of the loop stays short and a stopped server does not swallow everything.
    private static let flushLimit = 256 * 1024

    let eventLoop: any EventLoop
    /// How long the server may be silent while it owes an overdue reply; then the connection counts as dead. Nil: for ever.
    private let silenceLimit: TimeAmount?
    /// False for a connection of somebody's own: when it is gone, so is the pipe.
    private let outlivesConnection: Bool
    private let state = Mutex(State())

    init(eventLoop: any EventLoop, silenceLimit: TimeAmount?, outlivesConnection: Bool) {
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
            state.waiting.append(request)
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
        channel.writeAndFlush(handshake.bytes, promise: nil)
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
        let orphans = state.withLock { state -> CircularBuffer<InFlight> in
            switch state.phase {
            case .handshaking(let current), .ready(let current):
                guard current === channel else { return [] }
                state.phase = .disconnected
                state.trouble = error
            case .disconnected, .closed: break
            }
            return take(&state.inFlight)
        }
        let error = error ?? RedisError(.connectionLost, "the connection broke before the reply came; the command may have run")
        for orphan in orphans { orphan.request.finish(.failure(error)) }
        if !outlivesConnection { close(error) }
    }

    /// Remembers why connecting failed. Trouble that waiting cannot mend fails everything that waits.
    func connectFailed(_ error: RedisError) {
        let refused = state.withLock { state -> CircularBuffer<RedisRequest> in
            if case .closed = state.phase { return [] }
            state.trouble = error
            return error.isConnectionTrouble ? [] : take(&state.waiting)
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
            return (channel, take(&state.inFlight).map(\.request) + take(&state.waiting))
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
        let (channel, buffer, more) = state.withLock { state -> ((any Channel)?, ByteBuffer?, Bool) in
            state.isFlushScheduled = false
            guard case .ready(let channel) = state.phase, channel.isWritable else { return (nil, nil, false) }
            var batch: [ByteBuffer] = []
            var size = 0
            let now = NIODeadline.now()
            while size < Self.flushLimit, let request = state.waiting.popFirst() {
                guard request.markWritten() else { continue }
                state.inFlight.append(InFlight(request: request, writtenAt: now))
                batch.append(request.bytes)
                size += request.bytes.readableBytes
            }
            state.isFlushScheduled = !state.waiting.isEmpty
            return (channel, Self.join(batch, size: size), state.isFlushScheduled)
        }
        guard let channel, let buffer else { return }
        channel.writeAndFlush(buffer, promise: nil)
        if more { eventLoop.execute { self.flush() } }
    }

    private static func join(_ batch: [ByteBuffer], size: Int) -> ByteBuffer? {
        guard batch.count > 1 else { return batch.first }
        var joined = ByteBufferAllocator().buffer(capacity: size)
        for part in batch { joined.writeImmutableBuffer(part) }
        return joined
    }

    /// Gives replies, in order, to the requests that have waited longest.
    func receive(_ replies: [RedisValue]) {
        let finished = state.withLock { state -> [InFlight] in
            state.lastRead = .now()
            var finished: [InFlight] = []
            for reply in replies {
                guard !state.inFlight.isEmpty else { break }
                let first = state.inFlight.startIndex
                state.inFlight[first].replies.append(reply)
                if state.inFlight[first].replies.count == state.inFlight[first].request.replyCount {
                    finished.append(state.inFlight.removeFirst())
                }
            }
            return finished
        }
        for entry in finished { entry.request.finish(.success(entry.replies)) }
    }

    private func scheduleSweep(_ deadline: NIODeadline) {
        eventLoop.scheduleTask(deadline: deadline) { self.sweep() }
    }

    /// Fails what is overdue, gives up a connection that has gone silent, and schedules the next look.
    private func sweep() {
        struct Overdue { let request: RedisRequest, trouble: RedisError?, isConnected: Bool }
        let now = NIODeadline.now()
        let (overdue, dead, next) = state.withLock { state -> ([Overdue], (any Channel)?, NIODeadline?) in
            guard now >= state.nextSweep else { return ([], nil, nil) }  // a later call is already scheduled
            var connected: (any Channel)?
            if case .ready(let channel) = state.phase { connected = channel }
            var overdue: [Overdue] = []
            var next = NIODeadline.distantFuture
            state.waiting = state.waiting.filterBuffer { request in
                if request.isFinished { return false }
                if request.deadline > now {
                    next = min(next, request.deadline)
                    return true
                }
                overdue.append(Overdue(request: request, trouble: state.trouble, isConnected: connected != nil))
                return false
            }
            for entry in state.inFlight where !entry.request.isFinished {
                if entry.request.deadline > now {
                    next = min(next, entry.request.deadline)
                } else {
                    overdue.append(Overdue(request: entry.request, trouble: nil, isConnected: true))
                }
            }
            var dead: (any Channel)?
            if let silenceLimit, let connected, let oldest = state.inFlight.first, oldest.request.deadline <= now {
                let patience = max(oldest.writtenAt, state.lastRead) + silenceLimit
                if patience <= now { dead = connected } else { next = min(next, patience) }
            }
            state.nextSweep = next
            return (overdue, dead, next == .distantFuture ? nil : next)
        }
        if let next { scheduleSweep(next) }
        for entry in overdue { entry.request.finish(.failure(Self.timeout(entry.request, entry.trouble, isConnected: entry.isConnected))) }
        dead?.close(promise: nil)
    }

    private static func timeout(_ request: RedisRequest, _ trouble: RedisError?, isConnected: Bool) -> RedisError {
        if request.isWritten {
            return RedisError(
                .timedOut, "no reply within the deadline; the server may be stopped or overloaded, and the command may still run")
        }
        if isConnected {
            return RedisError(
                .timedOut, "the command could not be written within the deadline; the server does not read", isRetrySafe: true)
        }
        return RedisError(
            .connectionFailed, trouble?.message ?? "no connection in time; the server is silent, or run() is not running", isRetrySafe: true
        )
    }
}

/// Empties `queue` and answers what was in it.
private func take<Element>(_ queue: inout CircularBuffer<Element>) -> CircularBuffer<Element> {
    let taken = queue
    queue = CircularBuffer()
    return taken
}

extension CircularBuffer {
    fileprivate func filterBuffer(_ isIncluded: (Element) -> Bool) -> CircularBuffer<Element> {
        CircularBuffer(filter(isIncluded))
    }
}
