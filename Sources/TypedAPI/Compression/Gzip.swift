import CZlib
import NIOCore

/// RFC 1952, by zlib.
enum Gzip {
    /// Fast enough for an event loop: some 100 MB/s.
    static let fast: Int32 = 1
    /// For what is compressed once.
    static let best: Int32 = 9

    /// - Returns: nil when zlib has no memory.
    static func compressed(_ bytes: UnsafeRawBufferPointer, level: Int32) -> ByteBuffer? {
        // zlib remembers where its stream is, so it must not move.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        // 15: the largest window; 16 more: with gzip's header. 8: zlib's own choice of memory.
        let state = deflateInit2_(
            stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard state == Z_OK else { return nil }
        defer { deflateEnd(stream) }
        let bound = Int(deflateBound(stream, uLong(bytes.count)))
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: Bytef.self).baseAddress)
        stream.pointee.avail_in = uInt(bytes.count)
        var result = ByteBuffer()
        var isDone = false
        result.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { output in
            stream.pointee.next_out = output.assumingMemoryBound(to: Bytef.self).baseAddress
            stream.pointee.avail_out = uInt(output.count)
            // With room for the worst case, one call does it all.
            isDone = deflate(stream, Z_FINISH) == Z_STREAM_END
            return output.count - Int(stream.pointee.avail_out)
        }
        return isDone ? result : nil
    }
}
