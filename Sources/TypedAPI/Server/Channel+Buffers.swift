import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension Channel {
    /// Limits what one caller can make a server hold: who asks without reading, and who reads slowly, is to wait in the system's buffers.
    func limitBuffers() {
        guard let options = syncOptions else { return }
        // Decoded, small requests are many times their size.
        try? options.setOption(.maxMessagesPerRead, value: 1)
        try? options.setOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: 16384))
        // So that what is read of an answer soon shows in what is not sent of it, and not when a third of some megabytes is through.
        try? options.setOption(.tcpOption(.init(rawValue: TCP_NOTSENT_LOWAT)), value: 128 << 10)
    }
}
