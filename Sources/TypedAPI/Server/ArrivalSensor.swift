import NIOCore

/// Tells the guard that bytes came, before anything has been made of them, and when that is done.
final class ArrivalSensor: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let arrived: (ByteBuffer) -> Void
    private let whenThrough: (ByteBuffer) -> Void

    init(_ arrived: @escaping (ByteBuffer) -> Void, whenThrough: @escaping (ByteBuffer) -> Void) {
        self.arrived = arrived
        self.whenThrough = whenThrough
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        arrived(bytes)
        context.fireChannelRead(data)
        whenThrough(bytes)
    }
}
