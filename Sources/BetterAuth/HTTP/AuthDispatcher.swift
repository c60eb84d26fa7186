import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import PostgresClient

/// Answers the requests below the base path, in the contract's order: route, body, origin, then the endpoint.
///
/// Paths are matched exactly as sent; a trailing or doubled slash is another path. Whatever does not match is a 404 without a body.
struct AuthDispatcher: Sendable {
    let settings: AuthSettings
    let origins: OriginPolicy
    let endpoints: [Route: any AuthEndpoint]
    let logger: Logger

    struct Route: Hashable, Sendable {
        var method: HTTPRequest.Method
        var path: String
    }

    init(settings: AuthSettings, endpoints: [any AuthEndpoint], logger: Logger) {
        self.settings = settings
        self.origins = OriginPolicy(origins: settings.origins)
        self.endpoints = Dictionary(
            endpoints.map { (Route(method: $0.method, path: $0.path), $0) }, uniquingKeysWith: { first, _ in first })
        self.logger = logger
    }

    func respond(to request: Request, clientAddress: String?) async -> Response {
        guard let path = rawPath(of: request) else { return Response(status: .notFound) }
        if settings.configuration.disabledPaths.contains(path) {
            let body = ResponseBody(byteBuffer: ByteBuffer(string: "Not Found"))
            return Response(status: .notFound, headers: [.contentType: "text/plain;charset=UTF-8"], body: body)
        }
        guard let endpoint = endpoints[Route(method: request.method, path: path)] else { return Response(status: .notFound) }
        do {
            var call = try await read(request, path, endpoint, clientAddress)
            let reply = await answer(&call, endpoint)
            return response(reply, call.setCookies)
        } catch {
            return response(refusal(of: error, path), [])
        }
    }

    /// Cookies queued on the call belong on the answer even when it is a refusal.
    private func answer(_ call: inout AuthCall, _ endpoint: any AuthEndpoint) async -> AuthReply {
        do {
            try origins.checkOrigin(of: call.method, call.headers)
            try origins.checkTargets(of: call.method, body: call.body, query: call.query)
            return try await endpoint.handle(&call)
        } catch {
            return refusal(of: error, call.path)
        }
    }

    private func refusal(of error: any Error, _ path: String) -> AuthReply {
        switch error {
        case let error as AuthError: return .refusal(error)
        case is CancellationError: return AuthReply(status: .serviceUnavailable, body: nil, headers: [:])
        case let error as PostgresError where error.isUnstorableText:
            return .refusal(.uncoded(.badRequest, "Invalid character in the request"))
        case let error as PostgresError where error.isOutage:
            logger.error("Auth request failed", metadata: ["path": "\(path)", "error": "\(error)"])
            return AuthReply(status: .serviceUnavailable, body: nil, headers: [.retryAfter: "1"])
        default:
            logger.error("Auth request failed", metadata: ["path": "\(path)", "error": "\(error)"])
            return AuthReply(status: .internalServerError, body: nil, headers: [:])
        }
    }

    private func read(
        _ request: Request, _ path: String, _ endpoint: any AuthEndpoint, _ clientAddress: String?
    ) async throws -> AuthCall {
        let body = try await BodyReader(limit: settings.configuration.maximumBodyBytes, acceptsForms: endpoint.acceptsForms).read(request)
        return AuthCall(
            method: request.method, path: path, query: QueryItems(request.uri.query), headers: request.headers,
            cookies: RequestCookies(request.headers), body: body?.value, isForm: body?.isForm ?? false, clientAddress: clientAddress)
    }

    /// The path below the base path, as sent; nil outside of it.
    private func rawPath(of request: Request) -> String? {
        let path = request.uri.path
        guard path.hasPrefix(settings.basePath + "/") else { return nil }
        return String(path.dropFirst(settings.basePath.count))
    }

    private func response(_ reply: AuthReply, _ setCookies: [String]) -> Response {
        var headers = reply.headers
        headers[.contentType] = "application/json"
        for cookie in setCookies { headers.append(HTTPField(name: .setCookie, value: cookie)) }
        let body = reply.body.map { ResponseBody(byteBuffer: ByteBuffer(bytes: $0.bytes())) } ?? ResponseBody()
        return Response(status: reply.status, headers: headers, body: body)
    }
}
