import HTTPTypes
public import Hummingbird
import JSON

/// A part of a request that is not there.
public protocol AbsentPart: SchemaObject {
    init()
}

/// A part of a request that an endpoint does not have: any parameter in it is unknown.
@Schema public struct NoParameters: Equatable, AbsentPart {
    public init() {}
}

/// The body of a request whose method has none.
@Schema public struct NoBody: Equatable, AbsentPart {
    public init() {}
}

/// What an endpoint takes, read whole.
public struct RequestInput<Path: SchemaValue, Query: SchemaValue, Headers: SchemaValue, Body: SchemaValue>: Sendable {
    public let path: Path
    public let query: Query
    public let headers: Headers
    public let body: Body
    /// The body as it was sent; empty where none was read.
    public let bytes: [UInt8]
    /// Everything else about the request.
    public let request: Request

    @inlinable
    init(path: Path, query: Query, headers: Headers, body: Body, bytes: [UInt8], request: Request) {
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.bytes = bytes
        self.request = request
    }
}

extension Request {
    /// Reads the parts of a request by their declarations, in the order of the dialect.
    ///
    /// - Parameters:
    ///   - parameters: Of the path, as the router found them.
    ///   - headers: Its fields have the names of headers in lower case: `@Field("idempotency-key")`. Other headers are not looked at.
    ///   - body: ``NoParameters`` leaves the body unread; an optional type takes an absent one as nil.
    /// - Throws: What the dialect renders.
    public func input<Path: SchemaValue, Query: SchemaValue, Headers: SchemaValue, Body: SchemaValue>(
        path: Path.Type = NoParameters.self, parameters: Parameters = .init(), query: Query.Type = NoParameters.self,
        headers: Headers.Type = NoParameters.self, body: Body.Type = NoParameters.self, dialect: Dialect = .problems
    ) async throws -> RequestInput<Path, Query, Headers, Body> {
        try await InputPlan<Path, Query, Headers, Body>(dialect: dialect).read(self, parameters)
    }
}
