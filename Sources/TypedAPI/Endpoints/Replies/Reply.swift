public import HTTPTypes
public import Hummingbird
public import JSON
import NIOCore

/// A status as a type, so that an endpoint's type says which one it answers with.
public protocol ReplyStatus: Sendable {
    static var status: HTTPResponse.Status { get }
}

/// 200, 201 and 202.
public enum Statuses {
    public enum OK: ReplyStatus {
        public static var status: HTTPResponse.Status { .ok }
    }
    public enum Created: ReplyStatus {
        public static var status: HTTPResponse.Status { .created }
    }
    public enum Accepted: ReplyStatus {
        public static var status: HTTPResponse.Status { .accepted }
    }
}

/// JSON with one status.
public struct Reply<Status: ReplyStatus, Body: SchemaValue>: EndpointOutput {
    public var body: Body
    /// Beside `Content-Type`; ``WithHeaders`` documents those that callers rely on.
    public var headers: HTTPFields

    @inlinable
    public init(_ body: Body, headers: HTTPFields = [:]) {
        self.body = body
        self.headers = headers
    }

    @inlinable
    public func response(to request: Request) throws -> Response {
        var writer = JSONWriter()
        body.write(to: &writer)
        return .json(bytes: writer.bytes, status: Status.status, headers: headers)
    }

    public static func describe(in catalog: inout SchemaCatalog) -> [ResponseDescription] {
        [
            ResponseDescription(
                status: Status.status.code, description: Status.status.reasonPhrase, mediaType: "application/json",
                schema: Body.schema(in: &catalog))
        ]
    }

    public var example: JSONValue? { body.jsonValue() }
}

public typealias OK<Body: SchemaValue> = Reply<Statuses.OK, Body>
public typealias Created<Body: SchemaValue> = Reply<Statuses.Created, Body>
public typealias Accepted<Body: SchemaValue> = Reply<Statuses.Accepted, Body>

/// 204: done, and nothing to say.
public struct NoContent: EndpointOutput {
    public var headers: HTTPFields

    @inlinable
    public init(headers: HTTPFields = [:]) { self.headers = headers }

    @inlinable
    public func response(to request: Request) throws -> Response { Response(status: .noContent, headers: headers) }

    public static func describe(in catalog: inout SchemaCatalog) -> [ResponseDescription] {
        [ResponseDescription(status: 204, description: "Done")]
    }
}

/// 302 by default: somewhere else.
public struct Redirect: EndpointOutput {
    public var location: String
    public var headers: HTTPFields

    public init(to location: String, headers: HTTPFields = [:]) {
        self.location = location
        self.headers = headers
    }

    public func response(to request: Request) throws -> Response {
        var headers = headers
        headers[.location] = location
        return Response(status: .found, headers: headers)
    }

    public static func describe(in catalog: inout SchemaCatalog) -> [ResponseDescription] {
        [
            ResponseDescription(
                status: 302, description: "Elsewhere",
                headers: [
                    HeaderDescription("Location", "Where to go.", schema: ["type": "string", "format": "uri-reference"], isRequired: true)
                ])
        ]
    }
}

/// One of two kinds of answer; nest it for more.
public enum Either<First: EndpointOutput, Second: EndpointOutput>: EndpointOutput {
    case first(First)
    case second(Second)

    @inlinable
    public func response(to request: Request) throws -> Response {
        switch self {
        case .first(let output): try output.response(to: request)
        case .second(let output): try output.response(to: request)
        }
    }

    public static func describe(in catalog: inout SchemaCatalog) -> [ResponseDescription] {
        First.describe(in: &catalog) + Second.describe(in: &catalog)
    }

    public var example: JSONValue? {
        switch self {
        case .first(let output): output.example
        case .second(let output): output.example
        }
    }
}

/// Headers that an answer carries, and what documents say of them.
public protocol ReplyHeaders: Sendable {
    static var descriptions: [HeaderDescription] { get }
    func add(to headers: inout HTTPFields)
}

/// Where the resource is that was just made.
public struct LocationHeader: ReplyHeaders {
    public let location: String

    public init(_ location: String) { self.location = location }

    public static let descriptions = [
        HeaderDescription(
            "Location", "Where it can be read.", schema: ["type": "string", "format": "uri-reference"], isRequired: true)
    ]

    public func add(to headers: inout HTTPFields) { headers[.location] = location }
}

/// An answer with headers that are part of the endpoint's contract.
public struct WithHeaders<Base: EndpointOutput, Headers: ReplyHeaders>: EndpointOutput {
    public var base: Base
    public var headers: Headers

    @inlinable
    public init(_ base: Base, _ headers: Headers) {
        self.base = base
        self.headers = headers
    }

    @inlinable
    public func response(to request: Request) throws -> Response {
        var response = try base.response(to: request)
        headers.add(to: &response.headers)
        return response
    }

    public static func describe(in catalog: inout SchemaCatalog) -> [ResponseDescription] {
        Base.describe(in: &catalog).map { response in
            var response = response
            response.headers += Headers.descriptions
            return response
        }
    }

    public var example: JSONValue? { base.example }
}
