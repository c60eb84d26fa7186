public import HTTPTypes
public import Hummingbird

/// The headers that keep browsers from making more of an answer than it is.
public struct SecurityHeaders: Sendable {
    @usableFromInline let defaults: [(name: HTTPField.Name, value: String)]

    /// - Parameter isHTTPS: whether callers reach this server over TLS; browsers are then told to come back that way alone.
    @inlinable
    public init(isHTTPS: Bool) {
        var defaults: [(HTTPField.Name, String)] = [
            (.xContentTypeOptions, "nosniff"),
            // Nothing in an API's answer is to be run, shown in a frame, or fetched from. Pages bring a policy of their own.
            (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
            (.cacheControl, "no-store"),
        ]
        if isHTTPS { defaults.append((.strictTransportSecurity, "max-age=31536000; includeSubDomains")) }
        self.defaults = defaults
    }

    /// Adds them. What an answer set itself stays.
    @inlinable
    public func complete(_ headers: inout HTTPFields) {
        for (name, value) in defaults where !headers.contains(name) { headers.append(HTTPField(name: name, value: value)) }
    }
}

/// Gives every answer its ``SecurityHeaders``.
public struct SecurityHeadersFilter<Context: RequestContext>: RequestFilter {
    @usableFromInline let headers: SecurityHeaders

    @inlinable
    public init(isHTTPS: Bool) { headers = SecurityHeaders(isHTTPS: isHTTPS) }

    @inlinable
    public func ended(_ request: Request, _ context: Context, _ response: inout Response) { headers.complete(&response.headers) }
}
