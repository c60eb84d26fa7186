public import HTTPTypes
public import Hummingbird
import HummingbirdCore

/// Which pages of other origins may read a part of an API from a browser.
public struct CORSPolicy: Sendable {
    /// Whether every origin may, so that answers need not differ.
    @usableFromInline let allowsAll: Bool
    private let isAllowed: @Sendable (String) -> Bool
    /// Whether the browser may send its cookies along. Never together with `*`: that would hand every site its visitors' sessions.
    public let allowsCredentials: Bool

    /// Exact origins, such as `https://app.example.com`; `*` is every one.
    public init(origins: some Sequence<String>) {
        let origins = Set(origins)
        allowsAll = origins.contains("*")
        allowsCredentials = false
        isAllowed = { origins.contains($0) || origins.contains("*") }
    }

    /// Origins that a rule of its own trusts, with their cookies.
    public init(trusted: @escaping @Sendable (String) -> Bool) {
        allowsAll = false
        allowsCredentials = true
        isAllowed = trusted
    }

    @usableFromInline func allows(_ origin: String) -> Bool { isAllowed(origin) }
}

/// Answers browsers' preflight requests and marks what other origins may read, by the policy of the path's first part that has one.
///
/// It goes around the routes' own checks: a preflight carries neither key nor cookie.
public struct CORSFilter<Context: RequestContext>: RequestFilter {
    @usableFromInline let policies: [(prefix: String, policy: CORSPolicy)]
    /// As one list.
    @usableFromInline let exposed: String

    @usableFromInline static var methods: String { "GET, HEAD, POST, PUT, PATCH, DELETE" }
    @usableFromInline static var requestHeaders: String {
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Organization-Id, X-Request-Id, traceparent, tracestate"
    }
    /// What a browser's page may read of an answer beside what it always may, unless the filter is told otherwise.
    public static var exposedHeaders: [String] {
        [
            "ETag", "Idempotency-Replayed", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id", "X-Usage-Current",
            "X-Usage-Limit", "X-Usage-Reset",
        ]
    }

    /// - Parameters:
    ///   - policies: by the start of the path, such as `/v1`.
    ///   - exposing: names of headers that pages may read; those that an answer exposes itself are added.
    @inlinable
    public init(_ policies: [(prefix: String, policy: CORSPolicy)], exposing: [String] = Self.exposedHeaders) {
        self.policies = policies
        exposed = exposing.joined(separator: ", ")
    }

    @inlinable
    public func began(_ request: Request, _ context: inout Context) -> Response? {
        guard request.method == .options, let origin = request.headers[.origin], request.headers[.accessControlRequestMethod] != nil,
            let policy = policy(for: request.uri.path)
        else { return nil }
        var response = Response(status: .noContent)
        response.headers[.vary] = "Access-Control-Request-Method, Access-Control-Request-Headers"
        guard policy.allows(origin) else { return response }
        response.headers[.accessControlAllowMethods] = Self.methods
        response.headers[.accessControlAllowHeaders] = Self.requestHeaders
        response.headers[.accessControlMaxAge] = "600"
        return response
    }

    @inlinable
    public func ended(_ request: Request, _ context: Context, _ response: inout Response) {
        mark(&response.headers, path: request.uri.path, origin: request.headers.value(of: .origin))
    }

    /// Marks an answer to a request that may not have got as far as this filter.
    public func mark(_ headers: inout HTTPFields, answering request: HTTPRequest) {
        mark(&headers, path: URI(request.path ?? "/").path, origin: request.headerFields[.origin])
    }

    @inlinable
    func mark(_ headers: inout HTTPFields, path: String, origin: String?) {
        guard let policy = policy(for: path) else { return }
        // Also for callers without an origin: a cache must not hand one's answer to the other.
        if !policy.allowsAll { headers.addVary("Origin") }
        guard let origin, policy.allows(origin) else { return }
        headers[.accessControlAllowOrigin] = policy.allowsAll ? "*" : origin
        if policy.allowsCredentials { headers[.accessControlAllowCredentials] = "true" }
        let own = headers.value(of: .accessControlExposeHeaders)
        headers[.accessControlExposeHeaders] = own.map { merged($0) } ?? exposed
    }

    /// What the answer exposes itself, and what all do; each name once.
    @usableFromInline func merged(_ own: String) -> String {
        let common = Set(exposed.lowercased().split(separator: ",").map { FieldText.trimmed($0) })
        let more = own.split(separator: ",").map { FieldText.trimmed($0) }.filter {
            !$0.isEmpty && !common.contains(Substring($0.lowercased()))
        }
        return ([exposed] + more.map(String.init)).joined(separator: ", ")
    }

    @usableFromInline func policy(for path: String) -> CORSPolicy? {
        policies.first { path == $0.prefix || path.hasPrefix($0.prefix + "/") }?.policy
    }
}
