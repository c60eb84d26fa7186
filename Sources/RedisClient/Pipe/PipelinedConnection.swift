import NIOCore
import Synchronization

/// Takes requests of callers on any thread to one connection at a time, and the replies back: it performs what ``PipeMachine`` decides.
///
/// The machine lives on the event loop and needs no lock. Callers leave their requests in a mailbox; one turn of the loop takes all that
/// have gathered and writes them in one flush.
final class PipelinedConnection: Sendable {
    private typealias Machine = ConnectionStateMachine<RedisRequest, PipeConnection>

    struct PipeConnection: Equatable, Sendable {
        let channel: any Channel

        static func == (left: Self, right: Self) -> Bool { left.channel === right.channel }
    }

    private struct Mailbox {
        var requests: [RedisRequest] = []
        /// Requests that were given up before they were written.
        var cancelledCount = 0
        var isTurnScheduled = false
    }

    private struct LoopState {
        var machine: Machine
        /// The look at deadlines that is scheduled, and for when.
        var sweep: Scheduled<Void>?
        var sweepDeadline = NIODeadline.distantFuture
        var isFlushScheduled = false
        /// Kept for their memory, empty between turns.
        var incoming: [RedisRequest] = []
        var outgoing = ByteBuffer()
    }

    /// What one flush writes at most, so that a turn of the loop stays short and a stopped server does not swallow everything.
    private static let flushLimit = 256 * 1024
    /// What is handed to the socket in one piece at most.
    private static let pieceLimit = 64 * 1024 * 1024

    let eventLoop: any EventLoop
    private let meter: RedisMeter
    /// False for a connection of somebody's own: when it is gone, so is the pipe.
    private let isShared: Bool
    /// See ``PipeMachine/Receipt/unsolicited(_:)``.
    private let unsolicited: (@Sendable (RedisValue) -> Void)?
    private let mailbox = Mutex(Mailbox())
    private let loop: NIOLoopBoundBox<LoopState>
    private let isClosing = Atomic(false)

    init(
        eventLoop: any EventLoop, meter: RedisMeter, isShared: Bool, silenceLimit: TimeAmount? = nil, limits: RedisQueueLimits = .init(),
        unsolicited: (@Sendable (RedisValue) -> Void)? = nil
    ) {
        self.eventLoop = eventLoop
        self.meter = meter
        self.isShared = isShared
        self.unsolicited = unsolicited
        loop = .makeBoxSendingValue(
            LoopState(machine: Machine(silenceLimit: silenceLimit, reconnects: isShared, limits: limits)),
            eventLoop: eventLoop)
    }

    // MARK: Callers

    /// Sends `request` and waits for its outcome. Cancelling the task ends the wait at once and then calls `onCancel`.
    func roundTrip(_ request: RedisRequest, onCancel: @Sendable () -> Void = {}) async throws(RedisError) -> RedisReplies {
        let outcome = await withTaskCancellationHandler {
            await request.outcome {
                enqueue { $0.requests.append(request) }
            }
        } onCancel: {
            guard let error = request.cancel("the task waiting for the reply was cancelled") else { return }
            var delta = RedisMeter.MetricsDelta()
            meter.finished(request, .failure(error), at: .now(), &delta)
            meter.add(delta)
            if error.isRetrySafe { enqueue { $0.cancelledCount += 1 } }
            onCancel()
        }
        return try outcome.get()
    }

    /// Puts something into the mailbox, and makes sure that it is read. A loop that has a turn before it is not woken again.
    private func enqueue(_ change: (inout Mailbox) -> Void) {
        let mustWake = mailbox.withLock { mailbox in
            change(&mailbox)
            let isFirst = !mailbox.isTurnScheduled
            mailbox.isTurnScheduled = true
            return isFirst
        }
        if mustWake { eventLoop.execute { self.turn() } }
    }

    // MARK: The connection's life

    /// Takes `channel` on, and writes `handshake` before anything that waits.
    func begin(_ channel: any Channel, handshake: RedisRequest) {
        guard eventLoop.inEventLoop else { return eventLoop.execute { self.begin(channel, handshake: handshake) } }
        switch loop.value.machine.begin(PipeConnection(channel: channel), handshake: handshake, at: .now()) {
        case .close(let error):
            channel.close(promise: nil)
            handshake.finish(.failure(error))
        case .write where !channel.isActive: lost(channel, because: nil)
        case .write:
            var buffer = ByteBuffer()
            var pieces: [ByteBuffer] = []
            handshake.write(to: &buffer, limit: Self.pieceLimit, pieces: &pieces)
            channel.writeAndFlush(buffer, promise: nil)
            scheduleSweep()
        }
    }

    /// The handshake succeeded: what waits may go.
    func ready(_ channel: any Channel) {
        eventLoop.execute {
            if self.loop.value.machine.ready(PipeConnection(channel: channel), at: .now()) { self.flush() }
        }
    }

    /// The channel's handler tells, on the loop, that the connection is gone.
    func lost(_ channel: any Channel, because reason: RedisError?) {
        guard let loss = loop.value.machine.lost(PipeConnection(channel: channel), because: reason) else { return }
        fail(loss.unanswered, loss.error)
        endIfClosed()
    }

    /// Remembers why connecting failed. Trouble that waiting cannot mend fails everything that waits.
    func connectFailed(_ error: RedisError) {
        eventLoop.execute { self.fail(self.loop.value.machine.connectFailed(error), error) }
    }

    /// Ends everything for good. The second call changes nothing.
    /// - Returns: completes once the connection, if there was one, is closed.
    @discardableResult
    func close(_ error: RedisError) -> EventLoopFuture<Void> {
        isClosing.store(true, ordering: .relaxed)
        return eventLoop.flatSubmit {
            let closing = self.loop.value.machine.close(error)
            closing.connection?.channel.close(promise: nil)
            self.fail(closing.unanswered, error)
            self.endIfClosed()
            return closing.connection?.channel.closeFuture ?? self.eventLoop.makeSucceededVoidFuture()
        }
    }

    /// ``close(_:)`` was called.
    var isClosed: Bool { isClosing.load(ordering: .relaxed) }

    private func fail(_ requests: [RedisRequest], _ error: RedisError) {
        guard !requests.isEmpty else { return }
        let now = NIODeadline.now()
        var delta = RedisMeter.MetricsDelta()
        for request in requests where request.finish(.failure(error)) { meter.finished(request, .failure(error), at: now, &delta) }
        meter.add(delta)
        publishGauges()
    }

    /// A scheduled sweep would keep all this in memory until its time comes.
    private func endIfClosed() {
        guard case .closed = loop.value.machine.phase else { return }
        loop.value.sweep?.cancel()
        loop.value.sweep = nil
    }

    // MARK: On the event loop

    /// Reads the mailbox, and writes what has gathered.
    private func turn() {
        var cancelledCount = 0
        var incoming: [RedisRequest] = []
        swap(&incoming, &loop.value.incoming)
        mailbox.withLock { mailbox in
            swap(&incoming, &mailbox.requests)
            swap(&cancelledCount, &mailbox.cancelledCount)
            mailbox.isTurnScheduled = false
        }
        var refused: [(RedisRequest, RedisError)] = []
        loop.withValue { state in
            for request in incoming {
                if case .refused(let error) = state.machine.submit(request) { refused.append((request, error)) }
            }
            if cancelledCount > 0 { state.machine.abandoned(cancelledCount) }
            incoming.removeAll(keepingCapacity: true)
            swap(&incoming, &state.incoming)
        }
        scheduleSweep()
        flush()
        for (request, error) in refused { fail([request], error) }
    }

    /// Writes what may go. Stops while the socket is full; the handler calls again once it has room.
    func flush() {
        let now = NIODeadline.now()
        var buffer = ByteBuffer()
        var pieces: [ByteBuffer] = []
        // Writing may call back in here: it happens when the state is let go of.
        let (channel, isFull) = loop.withValue { state -> ((any Channel)?, Bool) in
            state.isFlushScheduled = false
            guard case .ready(let connection) = state.machine.phase, connection.channel.isWritable else { return (nil, false) }
            var size = 0
            swap(&buffer, &state.outgoing)
            while size < Self.flushLimit, let request = state.machine.next(at: now) {
                size += request.cost.bytes
                request.write(to: &buffer, limit: Self.pieceLimit, pieces: &pieces)
            }
            state.isFlushScheduled = size >= Self.flushLimit
            return (connection.channel, state.isFlushScheduled)
        }
        publishGauges()
        guard let channel else { return }
        for piece in pieces { channel.write(piece, promise: nil) }
        if buffer.readableBytes > 0 { channel.write(buffer, promise: nil) }
        if buffer.readableBytes > 0 || !pieces.isEmpty { channel.flush() }
        if buffer.capacity <= 2 * Self.flushLimit {
            buffer.clear()
            loop.value.outgoing = buffer
        }
        if isFull { eventLoop.execute { self.flush() } }
    }

    /// Gives replies, in order, to the requests that have waited longest.
    func receive(_ replies: [RedisValue], from channel: any Channel) {
        guard loop.withValue({ $0.machine.isCurrent(PipeConnection(channel: channel)) }) else { return }
        let now = NIODeadline.now()
        var delta = RedisMeter.MetricsDelta()
        var others: [RedisValue] = []
        loop.withValue { state in
            state.machine.noteRead(at: now)
            for reply in replies {
                switch state.machine.received(reply) {
                case .answered(let request, let replies):
                    if request.finish(.success(replies)) { meter.finished(request, .success(replies), at: now, &delta) }
                case .gathered: break
                case .unsolicited(let value): others.append(value)
                }
            }
        }
        meter.add(delta)
        // Room was made: somebody outside may have come in.
        if !loop.value.isFlushScheduled { flush() }
        guard let unsolicited else { return }
        for value in others { unsolicited(value) }
    }

    private func publishGauges() {
        guard isShared else { return }
        let (inFlight, waiting) = loop.withValue { ($0.machine.commandsInFlight, $0.machine.waiting) }
        meter.update(inFlight: inFlight, waiting: waiting)
    }

    // MARK: Deadlines

    private func scheduleSweep() {
        loop.withValue { state in
            let deadline = state.machine.nextSweep
            guard deadline < state.sweepDeadline else { return }
            state.sweep?.cancel()
            state.sweepDeadline = deadline
            state.sweep = eventLoop.scheduleTask(deadline: deadline) { self.sweep() }
        }
    }

    /// Fails what is overdue, and gives up a connection that has gone silent.
    private func sweep() {
        let now = NIODeadline.now()
        let sweep = loop.withValue { state in
            state.sweepDeadline = .distantFuture
            return state.machine.sweep(at: now)
        }
        scheduleSweep()
        for overdue in sweep.overdue { fail([overdue.request], overdue.error) }
        sweep.dead?.channel.close(promise: nil)
    }
}
