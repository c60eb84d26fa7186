import HTTPTypes
public import Hummingbird

/// Gives every answer the headers that keep browsers from making more of it than it is. What an answer set itself stays.
public struct SecurityHeadersMiddleware<Context: RequestContext>: RouterMiddleware {
    private let defaults: [(name: HTTPField.Name, value: String)]

    /// - Parameter isHTTPS: whether callers reach this server over TLS; browsers are then told to come back that way alone.
    public init(isHTTPS: Bool) {
        var defaults: [(HTTPField.Name, String)] = [
            (.xContentTypeOptions, "nosniff"),
            // Nothing in an API's answer is to be run, shown in a frame, or fetched from. Pages bring a policy of their own.
            (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
            (.referrerPolicy, "no-referrer"),
            (.cacheControl, "no-store"),
        ]
        if isHTTPS { defaults.append((.strictTransportSecurity, "max-age=31536000; includeSubDomains")) }
        self.defaults = defaults
    }

    public func handle(_ request: Request, context: Context, next: Next<Context>) async throws -> Response {
        var response = try await next(request, context)
        for (name, value) in defaults where response.headers[name] == nil { response.headers.append(HTTPField(name: name, value: value)) }
        return response
    }
}

extension HTTPField.Name {
    fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy")!  // a literal that is a valid field name
}
