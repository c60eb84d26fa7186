import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Answers, as problems, what never becomes a request: broken, oversized and dawdling ones (400, 408, 414, 431). Says `100 Continue`. While
/// the server stops, tells callers with `Connection: close` before the connection goes. Nothing is closed before what was answered is sent.
///
/// It sits behind the HTTP codec of a connection. The decisions are ``ConnectionMachine``'s.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var machine: ConnectionMachine
    private let connections: ConnectionCount
    private let limits: ServerLimits
    private let problem: (ConnectionMachine.Refusal) -> Problem
    private let answer: (Problem, RefusedRequest) -> (head: HTTPResponse, body: ByteBuffer)
    private let sensor = HeadSensor()
    private let exit = GentleExit()
    /// Of the requests whose answers have not ended, the oldest first.
    private var heads = CircularBuffer<(request: HTTPRequest, confirmsKeepAlive: Bool, isRouted: Bool)>(initialCapacity: 2)
    /// How the request begins that is on its way through the decoder.
    private var beginning: ByteBuffer?
    /// Whether the request whose head came last has a body.
    private var hasBody = false
    private var check: Scheduled<Void>?
    /// Whether what was written is still to be sent; see ``flush(context:)``.
    private var owesFlush = false
    /// Whoever works on this connection's requests is told here to stop.
    let end = ConnectionEnd()

    /// From the wish to stop until an idle connection is closed: a request that crossed it on the wire still finds us.
    private static let lameDuckTime = TimeAmount.milliseconds(300)

    init(
        limits: ServerLimits, connections: ConnectionCount, problem: @escaping (ConnectionMachine.Refusal) -> Problem,
        answer: @escaping (Problem, RefusedRequest) -> (head: HTTPResponse, body: ByteBuffer)
    ) {
        self.limits = limits
        machine = ConnectionMachine(
            receiveLimit: TimeAmount(limits.receive), respondLimit: TimeAmount(limits.respond), stopLimit: TimeAmount(limits.stop),
            idleLimit: TimeAmount(limits.idle), maximumAddressBytes: limits.addressBytes, at: .now())
        self.connections = connections
        self.problem = problem
        self.answer = answer
    }

    func handlerAdded(context: ChannelHandlerContext) {
        connections.opened()
        perform(machine.opened(), context)
        // The decoder keeps the bytes of an unfinished head to itself, so somebody in front of it must tell that they came.
        let arrival = ArrivalSensor { [unowned self] bytes in
            if machine.isBetweenRequests {
                // Empty lines are nothing (RFC 9112, section 2.2).
                if RequestLine.isBlank(bytes) { return }
                beginning = bytes
            } else {
                beginning?.writeImmutableBuffer(bytes)
            }
            perform(machine.bytesArrived(at: .now()), context)
        } whenThrough: { [unowned self] bytes in
            // The next one may have begun in the same bytes.
            if machine.isBetweenRequests, !hasBody, let rest = RequestLine.rest(of: bytes) {
                beginning = rest
                perform(machine.bytesArrived(at: .now()), context)
            }
            // A copy, where the head is not whole yet: the bytes themselves are in a buffer that is to be read into again.
            beginning = machine.isAmidHead ? beginning.flatMap(RequestLine.begun) : nil
        }
        try? context.pipeline.syncOperations.addHandler(arrival, position: .first)
        try? context.pipeline.syncOperations.addHandler(exit, position: .first)
        context.channel.limitBuffers()
        if let codec = try? context.pipeline.syncOperations.context(handlerType: HTTP1ToHTTPServerCodec.self) {
            try? context.pipeline.syncOperations.addHandler(sensor, position: .before(codec.handler))
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        connections.closed()
        check?.cancel()
        check = nil
        // Nobody hears the answers any more, but whoever works on them has no more time than others.
        if machine.owed > 0 {
            let end = end
            context.eventLoop.scheduleTask(deadline: machine.workDue(at: .now())) { end.signal() }
        }
    }

    // MARK: From the caller

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): headArrived(head, context)
        case .body(let bytes):
            hasBody = true
            pass(data, machine.bodyArrived(bytes.readableBytes), context)
        case .end: pass(data, machine.requestEnded(at: .now()), context)
        }
    }

    private func headArrived(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
        var head = head
        hasBody = false
        // Whoever answers, it is under one name.
        if Request.saneRequestID(in: head.headerFields) == nil { head.headerFields[.requestID] = Request.newRequestID() }
        // More than a number can say is too much as well.
        let declared = head.headerFields.value(of: .contentLength).map { Int($0) ?? .max } ?? 0
        let action = machine.headArrived(
            .init(
                addressBytes: head.path?.utf8.count ?? 0,
                bodyBytes: sensor.head.isChunked ? nil : declared,
                expectsContinue: sensor.head.isHTTP11 && head.headerFields.value(of: .expect)?.lowercased() == "100-continue",
                // A body that will be refused for its size need not come first.
                mayContinue: declared <= limits.bodyBytes,
                isSound: sensor.head.isSound && (sensor.head.isHTTP11 || !(beginning.map(RequestLine.isForeign) ?? false)),
                keepsAlive: sensor.head.keepsAlive),
            at: .now())
        if action != .drop {
            let isRouted = action == .forward || action == .forwardAndContinue
            heads.append((head, sensor.head.keepsAlive && !sensor.head.isHTTP11, isRouted))
        }
        pass(wrapInboundOut(.head(head)), action, context)
        // The stop waited for this request: from here on it is the request that is waited for.
        if machine.isQuiescing, machine.owed == 1 { context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    private func pass(_ data: NIOAny, _ action: ConnectionMachine.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .forward:
            context.fireChannelRead(data)
        case .forwardAndContinue:
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            context.fireChannelRead(data)
        default:
            perform(action, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.closedConnection: break  // Bytes after the last request of a connection: nobody will look at them.
        case HTTPParserError.headerOverflow: parserFailed(.headersTooLarge, context)
        case is HTTPParserError, is HTTP1TypeConversionError:
            // Methods of other protocols pass as methods, and fail later.
            let isUnknown = beginning.map { RequestLine.namesUnknownMethod($0.readableBytesView) } ?? false
            parserFailed(isUnknown ? .unknownMethod : .malformed, context)
        default: context.fireErrorCaught(error)
        }
    }

    private func parserFailed(_ refusal: ConnectionMachine.Refusal, _ context: ChannelHandlerContext) {
        let isAmidBody = machine.isAmidBody
        // Whoever has hung up is refused nothing.
        if context.channel.isActive { perform(machine.parserFailed(refusal), context) }
        if isAmidBody { breakBody(refusal, context) }
    }

    /// Whoever reads the body that is arriving must not take what came of it for the whole: its end would look like any other.
    private func breakBody(_ refusal: ConnectionMachine.Refusal, _ context: ChannelHandlerContext) {
        context.fireErrorCaught(problem(refusal))
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        perform(machine.writabilityChanged(to: context.channel.isWritable, at: .now()), context)
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            let (forwards, checkTime) = machine.quiesceBegan(at: .now())
            perform(.checkAt(checkTime), context)
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
            } else if heads.first?.confirmsKeepAlive == true, head.headerFields[.connection] == nil {
                // HTTP/1.0 takes silence for the end of the connection.
                head.headerFields[.connection] = "keep-alive"
                data = wrapOutboundOut(.head(head))
            }
            action = began.action
        case .body: action = machine.answerContinued()
        case .end:
            action = machine.answerEnded(at: .now())
            if action != .drop { _ = heads.popFirst() }
        }
        switch action {
        case .drop:
            promise?.fail(ChannelError.ioOnClosedChannel)
        case .forwardAndClose:
            closeGently(after: data, promise, context)
        case .forwardAndRefuse(let refusal):
            context.write(data, promise: promise)
            perform(.refuse(refusal), context)
        default:
            context.write(data, promise: promise)
        }
    }

    /// Sends what was written once the event loop is through with what it has at hand.
    ///
    /// Answers to requests that came together go out together. Sent one by one, each would wake its reader alone, who takes the processor from
    /// the answer after it: under load that costs more than most requests do.
    func flush(context: ChannelHandlerContext) {
        guard !owesFlush else { return }
        owesFlush = true
        context.eventLoop.assumeIsolated().execute { self.flushNow(context) }
    }

    private func flushNow(_ context: ChannelHandlerContext) {
        guard owesFlush else { return }
        owesFlush = false
        context.flush()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .all { machine.closedFromAbove() }
        // What is not sent by then would be lost.
        flushNow(context)
        context.close(mode: mode, promise: promise)
    }

    private func perform(_ action: ConnectionMachine.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .none, .drop, .forward, .forwardAndContinue, .forwardAndClose, .forwardAndRefuse:
            break
        case .checkAt(let time):
            check?.cancel()
            check = context.eventLoop.assumeIsolated().scheduleTask(deadline: time) { self.checkTime(context) }
        case .close:
            // The caller may be about to read an answer that went before.
            flushNow(context)
            exit.closeGently()
        case .refuse(let refusal):
            if refusal == .overdue || refusal == .stopping { end.signal() }
            // Whatever is refused is the next to be answered.
            let request = RefusedRequest(
                head: heads.first?.request, isRouted: heads.first?.isRouted ?? false,
                clientAddress: context.channel.remoteAddress?.ipAddress)
            var (head, body) = answer(problem(refusal), request)
            if request.isRouted { head.headerFields.append(contentsOf: end.takeFields()) }
            end.refused(.init(requestID: request.id, status: head.status, bodyBytes: body.readableBytes))
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            if request.head?.method != .head { context.write(wrapOutboundOut(.body(body)), promise: nil) }
            closeGently(after: wrapOutboundOut(.end(nil)), nil, context)
        }
    }

    private func checkTime(_ context: ChannelHandlerContext) {
        let isAmidBody = machine.isAmidBody
        let (action, next) = machine.checkTime(at: .now(), unsent: exit.unsent)
        perform(.checkAt(next), context)
        perform(action, context)
        if action == .close { exit.closeNow() }
        if isAmidBody, machine.isRefused { breakBody(action.refusal ?? .tooSlow, context) }
    }

    /// Sends the connection's last part, however slowly it is read, and closes.
    private func closeGently(after last: NIOAny, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        context.writeAndFlush(last, promise: promise)
        exit.closeGently()
    }
}
