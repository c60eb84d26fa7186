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
        GzipStream(level: level)?.compressed(bytes, Z_FINISH)
    }
}

/// One gzip text, made piece by piece.
final class GzipStream {
    // zlib remembers where its stream is, so it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    /// nil when zlib has no memory.
    init?(level: Int32) {
        stream.initialize(to: z_stream())
        // 15: the largest window; 16 more: with gzip's header. 8: zlib's own choice of memory.
        let state = deflateInit2_(
            stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard state == Z_OK else { return nil }
    }

    deinit {
        // Does nothing to a stream that did not begin.
        deflateEnd(stream)
        stream.deallocate()
    }

    /// What can be read once these bytes are there, at once: it does not wait for more.
    func write(_ bytes: ByteBuffer) -> ByteBuffer? { bytes.withUnsafeReadableBytes { compressed($0, Z_SYNC_FLUSH) } }

    /// The end.
    func finish() -> ByteBuffer? { compressed(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH) }

    /// - Returns: nil when zlib finds its stream broken.
    fileprivate func compressed(_ bytes: UnsafeRawBufferPointer, _ flush: Int32) -> ByteBuffer? {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: Bytef.self).baseAddress)
        stream.pointee.avail_in = uInt(bytes.count)
        var result = ByteBuffer()
        var state = Z_OK
        repeat {
            // With room for the worst case, one call nearly always does it all.
            let room = Int(deflateBound(stream, uLong(stream.pointee.avail_in))) + 16
            result.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { output in
                stream.pointee.next_out = output.assumingMemoryBound(to: Bytef.self).baseAddress
                stream.pointee.avail_out = uInt(output.count)
                state = deflate(stream, flush)
                return output.count - Int(stream.pointee.avail_out)
            }
        } while state == Z_OK && stream.pointee.avail_out == 0
        // Z_BUF_ERROR: there was nothing more to say.
        return state == (flush == Z_FINISH ? Z_STREAM_END : Z_OK) || state == Z_BUF_ERROR && flush != Z_FINISH ? result : nil
    }
}
