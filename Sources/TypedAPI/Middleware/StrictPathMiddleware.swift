public import Hummingbird

/// One address a resource: the router reads `//v1/me/` as `/v1/me`, which is a second name for the same thing to whoever filters, caches or
/// counts by path. Such spellings are 404.
public struct StrictPathMiddleware<Context: RequestContext>: RouterMiddleware {
    private let exempt: String

    /// - Parameter exempt: the start of paths that have rules of their own.
    public init(exempt: String) { self.exempt = exempt }

    public func handle(_ request: Request, context: Context, next: Next<Context>) async throws -> Response {
        let path = request.uri.path.utf8
        if path.count > 1, !request.uri.path.hasPrefix(exempt) {
            var last: UInt8 = 0
            for byte in path {
                if byte == UInt8(ascii: "/"), last == byte { throw Problem(.routeNotFound) }
                last = byte
            }
            if last == UInt8(ascii: "/") { throw Problem(.routeNotFound) }
        }
        return try await next(request, context)
    }
}
