import HTTPTypes
public import Hummingbird
import NIOCore

/// Compresses text for callers who accept gzip.
///
/// From some length on, and streams whatever comes of them, each piece at once. Left as they are: server-sent events, parts of files (206), what
/// is too large to be compressed in one piece, what is encoded already, and what must not be transformed, by `Cache-Control: no-transform`. An answer that holds a secret beside text
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
        (response.body.contentLength ?? minimum) >= minimum || request.method == .head || response.status == .notModified
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
        guard isText(response) else { return response }
        if let length = length(of: response, answering: request) {
            guard (minimum...maximum).contains(length) else { return response }
        }
        var response = response
        response.headers.addVary("Accept-Encoding")
        guard request.acceptsGzip else { return response }
        if request.method == .head, response.body.contentLength == 0 {
            var head = request.head
            head.method = .get
            let answer = try await asGet(Request(head: head, body: request.body))
            guard answer.status == response.status else { return response }
            response.body = answer.body
        }
        guard response.body.contentLength != nil else { return streamed(response) }
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
        markCompressed(&response)
        return response
    }

    private func streamed(_ response: Response) -> Response {
        var response = response
        let body = response.body
        response.body = ResponseBody { writer in try await body.write(try GzipWriter(writer)) }
        markCompressed(&response)
        return response
    }

    private func markCompressed(_ response: inout Response) {
        response.headers[.contentEncoding] = "gzip"
        if let tag = response.headers[.eTag].flatMap({ EntityTag(field: $0) }) { response.headers[.eTag] = tag.gzipped.description }
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

    /// nil for a stream, which to HEAD looks like nothing: no text of ours has no length at all.
    private func length(of response: Response, answering request: Request) -> Int? {
        guard request.method == .head else { return response.body.contentLength }
        return response.headers[.contentLength].flatMap { Int($0) }.flatMap { $0 == 0 ? nil : $0 }
    }

    private static func collect(_ body: ResponseBody) async throws -> ByteBuffer {
        let collector = BodyCollector()
        try await body.write(collector)
        return collector.buffer
    }
}
