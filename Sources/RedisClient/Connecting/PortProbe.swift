import NIOCore
import NIOPosix
import NIOSSL

/// Finds out whether a port speaks TLS when the URL says it does not, or the other way around: either way a server only stays silent or hangs
/// up. Nothing secret is sent.
struct PortProbe: Sendable {
    let host: String
    let port: Int
    let eventLoop: any EventLoop

    private static let timeout = TimeAmount.seconds(1)

    /// Whether a server answers in plain RESP.
    func speaksPlainly() -> EventLoopFuture<Bool> {
        // RESP's errors and simple strings: `+PONG`, `-NOAUTH …`.
        firstBytes { Greeting(bytes: ByteBuffer(string: "PING\r\n")) }.map { [UInt8(ascii: "+"), UInt8(ascii: "-")].contains($0.first) }
    }

    /// Whether a server answers a client's greeting with one of its own, or with an alert.
    func speaksTLS() -> EventLoopFuture<Bool> {
        var configuration = TLSConfiguration.makeClientConfiguration()
        // The certificate is not verified here: only the existence of an answer matters.
        configuration.certificateVerification = .none
        return firstBytes { [host, configuration] in try RedisTLS.handler(NIOSSLContext(configuration: configuration), host: host) }
            // A record of a handshake or an alert, of any version.
            .map { $0.count >= 2 && ($0[0] == 0x16 || $0[0] == 0x15) && $0[1] == 3 }
    }

    /// What a server says first; nothing when it does not, in time.
    ///
    /// - Parameter greeter: says something as soon as there is a connection.
    private func firstBytes(_ greeter: @escaping @Sendable () throws -> any ChannelHandler) -> EventLoopFuture<[UInt8]> {
        let answer = eventLoop.makePromise(of: [UInt8].self)
        let deadline = eventLoop.scheduleTask(in: Self.timeout) { answer.succeed([]) }
        let channel = ClientBootstrap(group: eventLoop)
            .connectTimeout(Self.timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // First in line: it sees what comes before TLS does.
                    try channel.pipeline.syncOperations.addHandler(FirstBytes(answer: answer))
                    try channel.pipeline.syncOperations.addHandler(greeter())
                }
            }
            .connect(host: host, port: port)
        channel.whenFailure { _ in answer.succeed([]) }
        answer.futureResult.whenComplete { _ in
            deadline.cancel()
            channel.whenSuccess { $0.close(promise: nil) }
        }
        return answer.futureResult
    }
}

/// Takes the first bytes that arrive, and what ends the connection before any did.
private final class FirstBytes: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let answer: EventLoopPromise<[UInt8]>

    init(answer: EventLoopPromise<[UInt8]>) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        answer.succeed(Array(unwrapInboundIn(data).readableBytesView.prefix(8)))
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer.succeed([])
        context.fireChannelInactive()
    }
}

/// Says something as soon as there is a connection.
private final class Greeting: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let bytes: ByteBuffer

    init(bytes: ByteBuffer) { self.bytes = bytes }

    func channelActive(context: ChannelHandlerContext) { context.writeAndFlush(wrapOutboundOut(bytes), promise: nil) }
}
