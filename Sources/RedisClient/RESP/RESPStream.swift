import NIOCore

/// Makes replies of bytes as they come.
struct RESPStream {
    private static let keptCapacity = 64 * 1024

    private var parser: RESPParser
    /// The beginning of a reply whose rest has not come.
    private var pending = ByteBuffer()
    /// Complete, in order, and not delivered yet.
    var replies: [RedisValue] = []

    init(limits: RESPLimits = .standard) {
        parser = RESPParser(limits: limits)
    }

    /// What the reply that is not complete takes.
    var heldBytes: Int { pending.readableBytes + parser.heldBytes }
    var heldValues: Int { parser.heldValues }

    mutating func read(_ bytes: consuming ByteBuffer) throws(RedisError) {
        if pending.readableBytes == 0 {
            try parse(&bytes)
            // The rest is copied, so that the buffer is let go of and its memory can take the next read.
            if bytes.readableBytes > 0 { pending.writeBuffer(&bytes) }
            return
        }
        pending.writeBuffer(&bytes)
        var whole = ByteBuffer()
        swap(&whole, &pending)
        try parse(&whole)
        // Memory of a large reply that is over is not kept.
        if whole.readableBytes == 0, whole.capacity > Self.keptCapacity { return }
        whole.discardReadBytes()
        pending = whole
    }

    private mutating func parse(_ bytes: inout ByteBuffer) throws(RedisError) {
        while let reply = try parser.next(&bytes) { replies.append(reply) }
    }
}
