import HTTPTypes
public import Hummingbird
public import JSON
import NIOCore

/// A document of OpenAPI 3.1, complete.
public struct OpenAPIDocument: Sendable {
    public let json: JSONValue
    /// As it is served.
    public let bytes: [UInt8]
    let tag: EntityTag

    init(_ json: JSONValue) {
        self.json = json
        bytes = json.bytes()
        tag = EntityTag(hashing: bytes)
    }

    /// Answers it at this path, with an `ETag`.
    public func serve(at path: String, on routes: some RouterMethods<some RequestContext>) {
        let (bytes, tag) = (bytes, tag)
        routes.get(RouterPath(path)) { request, _ in
            try request.refuseParameters()
            let headers: HTTPFields = [.eTag: tag.description, .cacheControl: "public, max-age=60, must-revalidate"]
            guard !request.isCurrent(tag) else { return Response(status: .notModified, headers: headers) }
            return Response.json(bytes: bytes, headers: headers)
        }
    }
}
