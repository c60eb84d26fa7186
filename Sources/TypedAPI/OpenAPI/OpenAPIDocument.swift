import HTTPTypes
public import Hummingbird
public import JSON

/// A document of OpenAPI 3.1, complete.
public struct OpenAPIDocument: Sendable {
    public let json: JSONValue
    /// As it is served.
    public let bytes: [UInt8]
    private let content: StaticContent

    init(_ json: JSONValue) {
        self.json = json
        bytes = json.bytes()
        content = StaticContent(
            bytes, as: "application/json", headers: [.cacheControl: "public, max-age=60, must-revalidate"])
    }

    /// Answers it at this path, with an `ETag`, compressed for callers who accept gzip.
    public func serve(at path: String, on routes: some RouterMethods<some RequestContext>) {
        let content = content
        routes.get(RouterPath(path)) { request, _ in
            try request.refuseParameters()
            return content.response(to: request)
        }
    }
}
