import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Answers, as problems, what never becomes a request: broken, oversized and dawdling ones (400, 408, 414, 431). Says `100 Continue`. While
/// the server stops, tells callers with `Connection: close` before the connection goes.
///
/// It sits behind the HTTP codec of a connection. The decisions are ``ConnectionMachine``'s.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var machine: ConnectionMachine
    private let connections: ConnectionCount
    private let answer: (ConnectionMachine.Refusal) -> (head: HTTPResponse, body: ByteBuffer)
    private var check: Scheduled<Void>?
    /// Whoever works on this connection's requests is told here to stop.
    let end = ConnectionEnd()

    /// From the wish to stop until an idle connection is closed: a request that crossed it on the wire still finds us.
    private static let lameDuckTime = TimeAmount.milliseconds(300)
    /// From our refusal until the connection is closed by force: time for the caller to read it.
    private static let lingerTime = TimeAmount.seconds(1)

    init(
        limits: ServerLimits, connections: ConnectionCount,
        answer: @escaping (ConnectionMachine.Refusal) -> (head: HTTPResponse, body: ByteBuffer)
    ) {
        machine = ConnectionMachine(
            receiveLimit: TimeAmount(limits.receive), respondLimit: TimeAmount(limits.respond), maximumAddressBytes: limits.addressBytes)
        self.connections = connections
        self.answer = answer
    }

    func handlerAdded(context: ChannelHandlerContext) {
        connections.opened()
        // The decoder keeps the bytes of an unfinished head to itself, so somebody in front of it must tell that they came.
        let sensor = ArrivalSensor { [unowned self] in perform(machine.bytesArrived(at: .now()), context) }
        try? context.pipeline.syncOperations.addHandler(sensor, position: .first)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        connections.closed()
        check?.cancel()
        check = nil
    }

    // MARK: From the caller

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let action: ConnectionMachine.Action
        switch unwrapInboundIn(data) {
        case .head(let head):
            action = machine.headArrived(
                addressBytes: head.path?.utf8.count ?? 0, expectsContinue: head.headerFields[.expect]?.lowercased() == "100-continue",
                at: .now())
        case .body: action = machine.bodyArrived()
        case .end: action = machine.requestEnded()
        }
        switch action {
        case .forward:
            context.fireChannelRead(data)
        case .forwardAndContinue:
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            context.fireChannelRead(data)
        default:
            perform(action, context)
        }
        // The stop waited for this request: from here on it is the request that is waited for.
        if machine.isQuiescing, machine.owed == 1, case .head = unwrapInboundIn(data) {
            context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.closedConnection: break  // Bytes after the last request of a connection: nobody will look at them.
        case let error as HTTPParserError: perform(machine.parserFailed(headersTooLarge: error == .headerOverflow), context)
        case is HTTP1TypeConversionError: perform(machine.parserFailed(headersTooLarge: false), context)
        default: context.fireErrorCaught(error)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            let (forwards, checkTime) = machine.quiesceBegan(at: .now())
            if let checkTime { perform(.checkAt(checkTime), context) }
            if forwards { return context.fireUserInboundEventTriggered(event) }
            context.eventLoop.assumeIsolated().scheduleTask(in: Self.lameDuckTime) {
                context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            }
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: To the caller

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var data = data
        let action: ConnectionMachine.Action
        switch unwrapOutboundIn(data) {
        case .head(var head):
            let began = machine.answerBegan()
            if began.closes {
                head.headerFields[.connection] = "close"
                data = wrapOutboundOut(.head(head))
            }
            action = began.action
        case .body: action = machine.answerContinued()
        case .end: action = machine.answerEnded(at: .now())
        }
        switch action {
        case .drop:
            promise?.fail(ChannelError.ioOnClosedChannel)
        case .forwardAndClose:
            context.writeAndFlush(data, promise: promise)
            closeGently(context)
        default:
            context.write(data, promise: promise)
        }
    }

    private func perform(_ action: ConnectionMachine.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .none, .drop, .forward, .forwardAndContinue, .forwardAndClose:
            break
        case .checkAt(let time):
            check?.cancel()
            check = context.eventLoop.assumeIsolated().scheduleTask(deadline: time) {
                self.perform(self.machine.checkTime(at: .now()), context)
            }
        case .close:
            context.close(promise: nil)
        case .refuse(let refusal):
            if refusal == .overdue { end.signal() }
            let (head, body) = answer(refusal)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(body)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            closeGently(context)
        }
    }

    /// Closed outright with bytes unread, the connection would be reset and the answer lost with it.
    private func closeGently(_ context: ChannelHandlerContext) {
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.lingerTime) { context.close(promise: nil) }
    }
}

/// Tells the guard that bytes came, before anything has been made of them.
private final class ArrivalSensor: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let arrived: () -> Void

    init(_ arrived: @escaping () -> Void) { self.arrived = arrived }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        arrived()
        context.fireChannelRead(data)
    }
}
