import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import PostgresClient
import TypedAPI

/// Answers the requests below the base path, in the contract's order: rate limit, route, body, origin, then the endpoint.
///
/// Paths are matched exactly as sent; a trailing or doubled slash is another path. Whatever does not match is a 404 without a body.
struct AuthDispatcher: Sendable {
    let settings: AuthSettings
    let origins: OriginPolicy
    let routes: AuthRoutes
    let limiter: AuthRateLimiter?
    let bearer: BearerTokens?
    /// nil where keys open no sessions.
    let keySessions: APIKeySessions?
    let logger: Logger

    init(settings: AuthSettings, endpoints: [any AuthEndpoint], keySessions: APIKeySessions?, logger: Logger) {
        self.settings = settings
        self.origins = OriginPolicy(origins: settings.origins)
        self.routes = AuthRoutes(endpoints)
        self.limiter = settings.configuration.rateLimit.isEnabled ? AuthRateLimiter(settings) : nil
        self.bearer = settings.configuration.bearer.isEnabled ? BearerTokens(settings) : nil
        self.keySessions = keySessions
        self.logger = logger
    }

    func respond(to request: Request, clientAddress: String?) async -> Response {
        guard let path = rawPath(of: request) else { return Response(status: .notFound) }
        if settings.configuration.disabledPaths.contains(path) {
            return plain(.notFound, "Not Found")
        }
        if let wait = await limiter?.wait(path: path, address: clientAddress) {
            return tooManyRequests(after: wait)
        }
        guard let (endpoint, parameter) = routes.find(request.method, path) else { return Response(status: .notFound) }
        do {
            var call = try await read(request, path, parameter, endpoint, clientAddress)
            var answer = await answer(&call, endpoint)
            bearer?.tell(call.setCookies, in: &answer.headers)
            return response(answer, call.setCookies)
        } catch {
            return response(refusal(of: error, path), [])
        }
    }

    /// Cookies queued on the call belong on the answer even when it is a refusal.
    private func answer(_ call: inout AuthCall, _ endpoint: any AuthEndpoint) async -> AuthAnswer {
        do {
            try origins.checkOrigin(of: call.method, call.headers)
            try origins.checkTargets(of: call.method, body: call.value, query: call.query)
            bearer?.apply(to: &call)
            call.keySession = try await keySessions?.session(for: call.headers, from: call.clientAddress)
            return try await endpoint.answer(&call)
        } catch {
            return refusal(of: error, call.path)
        }
    }

    private func refusal(of error: any Error, _ path: String) -> AuthAnswer {
        switch error {
        case let error as AuthError: return .refusal(error)
        case is CancellationError: return AuthAnswer(status: .serviceUnavailable)
        // The connection's verdict on a body that did not arrive whole, which it tells the caller itself.
        case let problem as Problem: return AuthAnswer(status: problem.type.status)
        case let error as PostgresError where error.isUnstorableText:
            return .refusal(.uncoded(.badRequest, "Invalid character in the request"))
        case let error as PostgresError where error.isOversizeText:
            return .refusal(.uncoded(.badRequest, "A text in the request is too long"))
        case let error as PostgresError where error.isOutage:
            logger.error("Auth request failed", metadata: ["path": "\(routes.nameless(path))", "error": "\(error)"])
            return AuthAnswer(status: .serviceUnavailable, headers: [.retryAfter: "1"])
        default:
            logger.error("Auth request failed", metadata: ["path": "\(routes.nameless(path))", "error": "\(error)"])
            return AuthAnswer(status: .internalServerError)
        }
    }

    private func read(
        _ request: Request, _ path: String, _ parameter: String?, _ endpoint: any AuthEndpoint, _ clientAddress: String?
    ) async throws -> AuthCall {
        let reader = BodyReader(limit: settings.configuration.maximumBodyBytes, acceptsForms: endpoint.acceptsForms)
        return AuthCall(
            method: request.method, path: path, pathParameter: parameter, query: QueryItems(request.uri.query), headers: request.headers,
            cookies: RequestCookies(request.headers), body: try await reader.read(request), clientAddress: clientAddress)
    }

    /// The path below the base path, as sent; nil outside of it.
    private func rawPath(of request: Request) -> String? {
        let path = request.uri.path
        guard path.hasPrefix(settings.basePath + "/") else { return nil }
        return String(path.dropFirst(settings.basePath.count))
    }

    private func response(_ answer: AuthAnswer, _ setCookies: [String]) -> Response {
        var headers = answer.headers
        headers[.contentType] = answer.contentType
        for cookie in setCookies { headers.append(HTTPField(name: .setCookie, value: cookie)) }
        let body = answer.body.map { ResponseBody(byteBuffer: ByteBuffer(bytes: $0)) } ?? ResponseBody()
        return Response(status: answer.status, headers: headers, body: body)
    }

    private func plain(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain;charset=UTF-8"], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    private func tooManyRequests(after wait: Duration) -> Response {
        var response = plain(.tooManyRequests, #"{"message":"Too many requests. Please try again later."}"#)
        let (seconds, rest) = wait.components
        if let name = HTTPField.Name("X-Retry-After") { response.headers[name] = "\(max(1, seconds + (rest > 0 ? 1 : 0)))" }
        return response
    }
}
