import HTTPTypes
public import Hummingbird
import JSON
public import Logging
import NIOCore

/// Turns every error into `application/problem+json`, and logs what the caller must not see.
public struct ErrorAnswers: Sendable {
    private let baseURL: String
    private let translate: @Sendable (any Error) -> Problem?

    /// - Parameters:
    ///   - baseURL: the public origin, such as `https://api.example.com`; no slash at its end.
    ///   - translate: knows the errors of the application's own layers; nil leaves the error to the general rules.
    public init(baseURL: String, translate: @escaping @Sendable (any Error) -> Problem? = { _ in nil }) {
        self.baseURL = baseURL
        self.translate = translate
    }

    public func answer(to error: any Error, logger: Logger, requestID: String) -> Response {
        let problem = Self.problem(for: error, translate: translate)
        if problem.type.status.code >= 500 {
            logger.error(
                "Request failed", metadata: ["problem": .string(problem.type.code), "error": "\(problem.underlying ?? error)"])
        } else {
            logger.debug("Request refused", metadata: ["problem": .string(problem.type.code)])
        }
        return problem.response(baseURL: baseURL, requestID: requestID)
    }

    static func problem(for error: any Error, translate: (any Error) -> Problem?) -> Problem {
        if let problem = error as? Problem { return problem }
        if let problem = translate(error) { return problem }
        if error is NIOTooManyBytesError { return Problem(.bodyTooLarge) }
        return Problem((error as? any HTTPResponseError).map { Self.problemType(of: $0.status) } ?? .internalError, underlying: error)
    }

    /// Hummingbird itself answers a path that no route has, and a body above its limit, with a bare status: the same as a problem. What a
    /// route answers stays as it is, bare or not.
    /// - Parameter route: what the router found, `NotFound` when nothing.
    @usableFromInline func completed(_ response: Response, route: String?, requestID: String) -> Response {
        guard route == Self.noRoute || response.status == .contentTooLarge, response.body.contentLength == 0,
            response.headers[.contentType] == nil
        else { return response }
        var headers = response.headers
        headers[.contentLength] = nil
        return Problem(Self.problemType(of: response.status), headers: headers).response(baseURL: baseURL, requestID: requestID)
    }

    /// What Hummingbird's router calls the path of a request that it has no route for.
    @usableFromInline static let noRoute = "NotFound"

    private static func problemType(of status: HTTPResponse.Status) -> ProblemType {
        switch status {
        case .notFound: .routeNotFound
        case .contentTooLarge: .bodyTooLarge
        case let status where status.code < 500: .badRequest
        default: .internalError
        }
    }
}

extension Problem {
    /// The whole answer; see ``body(baseURL:requestID:)`` for the parameters.
    public func response(baseURL: String, requestID: String) -> Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        let bytes = body(baseURL: baseURL, requestID: requestID).bytes()
        return Response(status: type.status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
