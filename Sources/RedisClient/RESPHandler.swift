import NIOCore

/// Turns a connection's bytes into replies and hands them to the pipe, one batch a read.
final class RESPHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let pipe: RequestPipe
    private var parser = RESPParser()
    private var pending = ByteBuffer()
    private var replies: [RedisValue] = []
    private var failure: RedisError?

    init(pipe: RequestPipe) {
        self.pipe = pipe
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if pending.readableBytes > 0 {
            pending.writeBuffer(&bytes)
        } else {
            pending = bytes
        }
        do throws(RedisError) {
            while let reply = try parser.next(&pending) {
                replies.append(reply)
            }
        } catch {
            failure = error
            context.close(promise: nil)
        }
        pending.discardReadBytes()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        deliver()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deliver()
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

    private func deliver() {
        guard !replies.isEmpty else { return }
        pipe.receive(replies)
        replies.removeAll(keepingCapacity: true)
    }
}
