public import HTTPTypes
public import Hummingbird
public import JSON

/// JSON with an `ETag`; 304 without it when the caller has that version already.
public struct Conditional<Body: SchemaValue>: EndpointOutput {
    public var body: Body
    public var headers: HTTPFields
    private let tag: EntityTag?

    /// - Parameter tag: the resource's version where it has one; otherwise the JSON's hash is.
    public init(_ body: Body, tag: EntityTag? = nil, headers: HTTPFields = [:]) {
        self.body = body
        self.headers = headers
        self.tag = tag
    }

    public func response(to request: Request) throws -> Response {
        var headers = headers
        // A cache may keep it, and has to ask each time.
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-cache" }
        let bytes: [UInt8]
        let tag: EntityTag
        if let version = self.tag, request.isCurrent(version) {
            (tag, bytes) = (version, [])
        } else {
            bytes = body.jsonBytes()
            tag = self.tag ?? EntityTag(hashing: bytes)
        }
        headers[.eTag] = tag.description
        guard !request.isCurrent(tag) else { return Response(status: .notModified, headers: headers) }
        return .json(bytes: bytes, headers: headers)
    }

    public static func describe(in catalog: inout SchemaCatalog) -> [ResponseDescription] {
        let tag = HeaderDescription("ETag", "The version that was answered, for If-None-Match and If-Match.", isRequired: true)
        return [
            ResponseDescription(
                status: 200, description: "OK", mediaType: "application/json", schema: Body.schema(in: &catalog), headers: [tag]),
            ResponseDescription(status: 304, description: "The version in If-None-Match is the current one", headers: [tag]),
        ]
    }

    public var example: JSONValue? { body.jsonValue() }
}
