import HTTPTypes
public import Hummingbird
import NIOCore

/// Compresses text for callers who accept gzip.
///
/// What an answer of known length says is compressed from ``minimum`` bytes on. Left as they are: streams and server-sent events, parts of files
/// (206), what is encoded already, and what must not be transformed, by `Cache-Control: no-transform`. An answer that holds a secret beside text
/// of its caller must say so, or be below one of the exempt paths: from the lengths of many compressed answers the secret could be guessed.
///
/// The compressed bytes have an `ETag` of their own, `"…-gzip"`, which ``Request/isCurrent(_:)`` and ``Request/requireMatch(_:)`` know.
public struct ResponseCompression: Sendable {
    /// In bytes: less gains nothing in a network's packets.
    @usableFromInline let minimum: Int
    /// In bytes: more would hold up the event loop.
    private let maximum: Int
    private let exempt: [String]

    /// - Parameter exempt: starts of paths whose answers are never compressed, such as `/api/auth`.
    public init(exempt: [String] = [], minimum: Int = 1024, maximum: Int = 1 << 20) {
        self.exempt = exempt
        self.minimum = minimum
        self.maximum = maximum
    }

    /// Whether ``compressed(_:answering:asGet:)`` may have something to do; all that small answers cost.
    @inlinable
    func mayConcern(_ response: Response, answering request: Request) -> Bool {
        (response.body.contentLength ?? 0) >= minimum || request.method == .head || response.status == .notModified
    }

    /// - Parameter asGet: answers a HEAD request as GET, since only the body tells what its headers are to say.
    /// - Returns: the answer as the caller takes it.
    /// - Throws: what the route throws when it is asked once more, or its body as it is written.
    @usableFromInline
    func compressed(
        _ response: Response, answering request: Request, asGet: (Request) async throws -> Response
    ) async throws -> Response {
        guard !exempt.contains(where: { request.uri.path.hasPrefix($0) }) else { return response }
        if response.status == .notModified { return current(response, answering: request) }
        guard isText(response), let length = length(of: response, answering: request), (minimum...maximum).contains(length) else {
            return response
        }
        var response = response
        response.headers.addVary("Accept-Encoding")
        guard request.acceptsGzip else { return response }
        if request.method == .head, response.body.contentLength == 0 {
            var head = request.head
            head.method = .get
            let answer = try await asGet(Request(head: head, body: request.body))
            guard answer.status == response.status, answer.body.contentLength != nil else { return response }
            response.body = answer.body
        }
        let body = try await Self.collect(response.body)
        guard let gzipped = body.withUnsafeReadableBytes({ Gzip.compressed($0, level: Gzip.fast) }),
            gzipped.readableBytes < body.readableBytes
        else {
            // A body may be one that can be written once alone.
            response.body = ResponseBody(byteBuffer: body)
            return response
        }
        response.body = ResponseBody(byteBuffer: gzipped)
        response.headers[.contentLength] = "\(gzipped.readableBytes)"
        response.headers[.contentEncoding] = "gzip"
        if let tag = response.headers[.eTag].flatMap({ EntityTag(field: $0) }) { response.headers[.eTag] = tag.gzipped.description }
        return response
    }

    /// A 304 says what the 200 would have said.
    private func current(_ response: Response, answering request: Request) -> Response {
        guard let tag = response.headers[.eTag].flatMap({ EntityTag(field: $0) }) else { return response }
        var response = response
        response.headers.addVary("Accept-Encoding")
        guard request.acceptsGzip, let header = request.headers[.ifNoneMatch], !tag.isNamed(by: header, weakly: true),
            tag.gzipped.isNamed(by: header, weakly: true)
        else { return response }
        response.headers[.eTag] = tag.gzipped.description
        return response
    }

    private func isText(_ response: Response) -> Bool {
        let headers = response.headers
        switch response.status.code {
        case ..<200, 204, 205, 206, 304: return false
        default: break
        }
        guard let type = headers[.contentType], !headers.contains(.contentEncoding), !headers.contains(.contentRange),
            !(headers[.cacheControl]?.contains("no-transform") ?? false)
        else { return false }
        return Self.isText(type)
    }

    static func isText(_ mediaType: String) -> Bool {
        let essence = OfferedTypes.essence(mediaType)
        if essence == "text/event-stream" { return false }
        return essence.hasPrefix("text/") || essence.hasSuffix("+json") || essence.hasSuffix("+xml")
            || ["application/json", "application/jsonl", "application/xml", "application/javascript"].contains(essence)
    }

    private func length(of response: Response, answering request: Request) -> Int? {
        guard request.method == .head else { return response.body.contentLength }
        return response.headers[.contentLength].flatMap { Int($0) }
    }

    private static func collect(_ body: ResponseBody) async throws -> ByteBuffer {
        let collector = BodyCollector()
        try await body.write(collector)
        return collector.buffer
    }
}

/// Keeps what is written.
private final class BodyCollector: ResponseBodyWriter {
    private(set) var buffer = ByteBuffer()

    func write(_ buffer: ByteBuffer) { self.buffer.writeImmutableBuffer(buffer) }

    func finish(_ trailingHeaders: HTTPFields?) {}
}
