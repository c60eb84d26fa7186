public import HTTPTypes
public import Hummingbird
import NIOCore

/// Content that never changes while the process runs: hashed once, and compressed once.
public struct StaticContent: Sendable {
    private let bytes: ByteBuffer
    /// nil when compression makes it no smaller.
    private let gzipped: ByteBuffer?
    private let tag: EntityTag
    private let headers: HTTPFields

    /// - Parameters:
    ///   - mediaType: `text/html; charset=utf-8`; text is compressed for callers who accept gzip.
    ///   - headers: of every answer, 304 too.
    public init(_ bytes: [UInt8], as mediaType: String, headers: HTTPFields = [:]) {
        self.bytes = ByteBuffer(bytes: bytes)
        tag = EntityTag(hashing: bytes)
        var headers = headers
        headers[.contentType] = mediaType
        let compressed = ResponseCompression.isText(mediaType) ? bytes.withUnsafeBytes { Gzip.compressed($0, level: Gzip.best) } : nil
        gzipped = compressed.flatMap { bytes.count >= 1024 && $0.readableBytes < bytes.count ? $0 : nil }
        if gzipped != nil { headers.addVary("Accept-Encoding") }
        self.headers = headers
    }

    /// 200, or 304 when the caller has it already.
    public func response(to request: Request) -> Response {
        var headers = headers
        headers[.eTag] = tag.description
        if request.isCurrent(tag) {
            headers[.contentType] = nil
            return Response(status: .notModified, headers: headers)
        }
        guard let gzipped, request.acceptsGzip else {
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: bytes))
        }
        headers[.eTag] = tag.gzipped.description
        headers[.contentEncoding] = "gzip"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: gzipped))
    }
}
