import HTTPTypes
import Hummingbird
import NIOCore

/// Keeps what is written.
final class BodyCollector: ResponseBodyWriter {
    private(set) var buffer = ByteBuffer()

    func write(_ buffer: ByteBuffer) { self.buffer.writeImmutableBuffer(buffer) }

    func finish(_ trailingHeaders: HTTPFields?) {}
}

/// Compresses what is written, and holds nothing of it back.
struct GzipWriter: ResponseBodyWriter {
    private var base: any ResponseBodyWriter
    private let stream: GzipStream

    /// - Throws: 500 when there is no memory: the head, which says gzip, is out by then.
    init(_ base: any ResponseBodyWriter) throws {
        guard let stream = GzipStream(level: Gzip.fast) else { throw HTTPError(.internalServerError) }
        self.base = base
        self.stream = stream
    }

    @concurrent
    mutating func write(_ buffer: ByteBuffer) async throws {
        guard let bytes = stream.write(buffer) else { throw HTTPError(.internalServerError) }
        if bytes.readableBytes > 0 { try await base.write(bytes) }
    }

    @concurrent
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        guard let bytes = stream.finish() else { throw HTTPError(.internalServerError) }
        try await base.write(bytes)
        try await base.finish(trailingHeaders)
    }
}
