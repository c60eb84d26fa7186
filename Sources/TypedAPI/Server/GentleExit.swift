import NIOCore

/// Closes a connection once all that was written to it is sent, however slowly it is read. It is the handler next to the socket.
///
/// A socket that is closed with bytes unsent drops them; one that is closed with bytes unread is reset, and what the caller has not read by then is
/// lost with it. So whatever still comes is read and thrown away.
final class GentleExit: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case open
        /// Its output is to be closed from above, and something is unsent.
        case finishing(EventLoopPromise<Void>?)
        /// On its way out, whatever is wished above.
        case leaving
    }

    private var state = State.open
    private var context: ChannelHandlerContext?

    /// From the last byte, sent or received, until the connection is closed by force: time for the caller to read the answer.
    private static let lingerTime = TimeAmount.seconds(1)
    /// The longest that a caller may go on sending what is thrown away: one that sends all before it reads would lose the answer otherwise.
    private static let longestLinger = TimeAmount.seconds(5)
    private var lastArrival = NIODeadline.distantPast

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        if case .finishing(let promise) = state { promise?.fail(ChannelError.alreadyClosed) }
        state = .leaving
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isLeaving { lastArrival = .now() } else { context.fireChannelRead(data) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // Nobody above may want any more.
        if isLeaving { context.read() }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch (mode, state) {
        case (.all, _):
            closeGently()
            context.channel.closeFuture.cascade(to: promise)
        case (_, .leaving):
            context.channel.closeFuture.cascade(to: promise)
        case (.output, .open) where unsent > 0:
            state = .finishing(promise)
            whenSent(context) { self.finish() }
        case (.output, .finishing(let first?)):
            first.futureResult.cascade(to: promise)
        case (.output, .finishing(nil)):
            state = .finishing(promise)
        case (.output, .open), (.input, _):
            context.close(mode: mode, promise: promise)
        }
    }

    /// Closes once everything is sent, and the caller has had time to read it.
    func closeGently() {
        guard let context, !isLeaving else { return }
        if case .finishing(let promise) = state { context.channel.closeFuture.cascade(to: promise) }
        state = .leaving
        context.read()
        whenSent(context) {
            context.close(mode: .output, promise: nil)
            let now = NIODeadline.now()
            self.linger(until: now + Self.lingerTime, atMost: now + Self.longestLinger)
        }
    }

    private func linger(until time: NIODeadline, atMost end: NIODeadline) {
        context?.eventLoop.assumeIsolated().scheduleTask(deadline: min(time, end)) {
            let next = self.lastArrival + Self.lingerTime
            if next > time, time < end { self.linger(until: next, atMost: end) } else { self.closeNow() }
        }
    }

    /// Closes whatever is unsent.
    func closeNow() { context?.close(promise: nil) }

    private var isLeaving: Bool { if case .leaving = state { true } else { false } }

    private func finish() {
        guard let context, case .finishing(let promise) = state else { return }
        state = .open
        context.close(mode: .output, promise: promise)
    }

    /// What is written last is sent last.
    private func whenSent(_ context: ChannelHandlerContext, _ then: @escaping () -> Void) {
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in then() }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: sent)
    }

    /// How many bytes of what was written the system has not taken yet.
    var unsent: Int { (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }
}
