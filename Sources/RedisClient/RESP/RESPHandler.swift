import NIOCore

/// Turns a connection's bytes into replies and hands them to the pipe, one batch a read.
final class RESPHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let pipe: PipelinedConnection
    private let handshake: RedisRequest
    private var stream = RESPStream()
    private var failure: RedisError?

    init(pipe: PipelinedConnection, handshake: RedisRequest) {
        self.pipe = pipe
        self.handshake = handshake
    }

    func channelActive(context: ChannelHandlerContext) {
        // Here and not when connecting has returned: a server may refuse, and hang up, before that.
        pipe.begin(context.channel, handshake: handshake)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(RedisError) {
            try stream.read(unwrapInboundIn(data))
        } catch {
            failure = error
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        deliver(from: context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) {
        deliver(from: context.channel)
        pipe.lost(context.channel, because: failure)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { pipe.flush() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure =
            failure ?? RedisTLS.explain(error)
            ?? RedisError(.connectionLost, "the connection broke (\(error)); commands in flight may have run")
        context.close(promise: nil)
    }

    private func deliver(from channel: any Channel) {
        guard !stream.replies.isEmpty else { return }
        pipe.receive(stream.replies, from: channel)
        stream.replies.removeAll(keepingCapacity: true)
    }
}
