import HTTPTypes
public import Hummingbird

/// Answers `OPTIONS *`, which asks about the server itself and not about anything on it: RFC 9110, section 9.3.7.
public struct ServerOptionsFilter<Context: RequestContext>: RequestFilter {
    @inlinable
    public init() {}

    public func began(_ request: Request, _ context: inout Context) -> Response? {
        guard request.method == .options, request.uri.string == "*" else { return nil }
        return Response(status: .noContent, headers: [.allow: "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"])
    }
}
