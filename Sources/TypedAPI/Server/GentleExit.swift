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
        /// Closed from above while something was unsent.
        case waiting(CloseMode, EventLoopPromise<Void>?)
        /// On its way out by itself, whatever is wished above.
        case leaving
    }

    private var state = State.open
    private var context: ChannelHandlerContext?

    /// From the last byte until the connection is closed by force: time for the caller to read it.
    private static let lingerTime = TimeAmount.seconds(1)

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        if case .waiting(_, let promise) = state { promise?.fail(ChannelError.alreadyClosed) }
        state = .leaving
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isLeaving { context.fireChannelRead(data) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // Nobody above may want any more.
        if isLeaving { context.read() }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch state {
        case .open where mode == .input, .waiting where mode == .input:
            context.close(mode: mode, promise: promise)
        case .open where unsent == 0:
            context.close(mode: mode, promise: promise)
        case .open:
            state = .waiting(mode, promise)
            whenSent(context) { self.closeAsWished() }
        case .waiting(let earlier, let first):
            let promises = first ?? promise
            if let first, let promise { first.futureResult.cascade(to: promise) }
            state = .waiting(mode == .all ? .all : earlier, promises)
        case .leaving:
            context.channel.closeFuture.cascade(to: promise)
        }
    }

    /// Closes once everything is sent, and the caller has had time to read it.
    func closeGently() {
        guard let context else { return }
        if case .waiting(_, let promise) = state { context.channel.closeFuture.cascade(to: promise) }
        state = .leaving
        context.read()
        whenSent(context) {
            context.close(mode: .output, promise: nil)
            context.eventLoop.assumeIsolated().scheduleTask(in: Self.lingerTime) { self.closeNow() }
        }
    }

    /// Closes whatever is unsent.
    func closeNow() { context?.close(promise: nil) }

    private var isLeaving: Bool { if case .leaving = state { true } else { false } }

    private func closeAsWished() {
        guard let context, case .waiting(let mode, let promise) = state else { return }
        state = .open
        context.close(mode: mode, promise: promise)
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
