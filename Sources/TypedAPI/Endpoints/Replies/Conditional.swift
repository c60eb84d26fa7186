import Crypto
public import HTTPTypes
public import Hummingbird
public import JSON
import NIOCore
import Primitives

/// The version of a resource: `"…"`, always a strong one.
public struct EntityTag: Hashable, Sendable, CustomStringConvertible {
    /// With its quotes.
    public let description: String

    /// - Parameter version: visible ASCII without quotes, such as a version number.
    public init(_ version: String) { description = "\"\(version)\"" }

    /// The tag of these bytes: the first half of their SHA-256.
    public init(hashing bytes: [UInt8]) { self.init(Base64URL.encode(Array(SHA256.hash(data: bytes).prefix(16)))) }

    /// Whether a header `If-Match` or `If-None-Match` names this version: `*`, or a list of tags.
    ///
    /// - Parameter weakly: whether `W/"…"` counts, which it does for `If-None-Match` and does not for `If-Match` (RFC 9110, 13.1).
    public func isNamed(by header: String, weakly: Bool) -> Bool {
        header.split(separator: ",").contains { entry in
            var entry = entry[...]
            while entry.first == " " || entry.first == "\t" { entry.removeFirst() }
            while entry.last == " " || entry.last == "\t" { entry.removeLast() }
            if entry == "*" { return true }
            if entry.hasPrefix("W/") {
                guard weakly else { return false }
                entry.removeFirst(2)
            }
            return entry == description
        }
    }
}

extension Request {
    /// For what changes a resource that has this version now.
    ///
    /// - Throws: ``Problem`` 412 `precondition_failed` when `If-Match` names other versions only; nothing without that header.
    public func requireMatch(_ current: EntityTag) throws {
        guard let header = headers[.ifMatch], !current.isNamed(by: header, weakly: false) else { return }
        throw Problem(.preconditionFailed, headers: [.eTag: current.description])
    }
}

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

extension Request {
    /// Whether the caller has this version already, by `If-None-Match`.
    public func isCurrent(_ tag: EntityTag) -> Bool {
        headers[.ifNoneMatch].map { tag.isNamed(by: $0, weakly: true) } ?? false
    }
}
