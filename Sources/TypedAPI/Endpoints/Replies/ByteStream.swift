public import HTTPTypes
public import Hummingbird
import JSON
import NIOCore

/// What a stream is made of, as a type, so that documents know it.
public protocol MediaType: Sendable {
    /// `text/csv`
    static var name: String { get }
}

/// The media types that streams have most often.
public enum MediaTypes {
    public enum OctetStream: MediaType {
        public static var name: String { "application/octet-stream" }
    }
    public enum PlainText: MediaType {
        public static var name: String { "text/plain; charset=utf-8" }
    }
    public enum CSV: MediaType {
        public static var name: String { "text/csv; charset=utf-8" }
    }
    /// A JSON value a line.
    public enum JSONLines: MediaType {
        public static var name: String { "application/jsonl" }
    }
}

/// 200 with a body that is written piece by piece, no faster than the caller reads it.
public struct ByteStream<Media: MediaType>: EndpointOutput {
    private let headers: HTTPFields
    private let length: Int?
    private let write: @concurrent @Sendable (inout any ResponseBodyWriter) async throws -> Void

    /// - Parameters:
    ///   - length: of the whole, where it is known; else the body is chunked.
    ///   - write: called once the head is on its way. When it throws, the connection closes, which is how the caller learns that the
    ///     body is not whole.
    public init(
        length: Int? = nil, headers: HTTPFields = [:],
        _ write: @escaping @concurrent @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) {
        self.headers = headers
        self.length = length
        self.write = write
    }

    /// A JSON value a line, as they come.
    public init<Values: AsyncSequence & Sendable>(lines values: Values, headers: HTTPFields = [:])
    where Media == MediaTypes.JSONLines, Values.Element: SchemaValue {
        self.init(headers: headers) { writer in
            for try await value in values {
                var line = JSONWriter()
                value.write(to: &line)
                line.write(raw: "\n")
                try await writer.write(ByteBuffer(bytes: line.bytes))
            }
        }
    }

    public func response(to request: Request) throws -> Response {
        var headers = headers
        headers[.contentType] = Media.name
        let write = write
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(contentLength: length) { writer in
                try await write(&writer)
                try await writer.finish(nil)
            })
    }

    public static func describe(in catalog: inout SchemaCatalog) -> [ResponseDescription] {
        [ResponseDescription(status: 200, description: "OK", mediaType: Media.name)]
    }
}
