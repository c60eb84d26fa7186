public import HTTPTypes
import Hummingbird
public import HummingbirdCore
import JSON
import NIOCore

extension HTTPServerBuilder {
    /// HTTP/1.1 with limits on size and time, where what never becomes a request is answered as a problem too.
    ///
    /// - Parameters:
    ///   - baseURL: the public origin, for the problems' `type`.
    ///   - overdue: the answer of a request whose handler takes too long; the handler is cancelled.
    ///   - onRefusal: told of each request that was refused before any route could see it.
    public static func guarded(
        _ limits: ServerLimits, baseURL: String, connections: ConnectionCount, overdue: Problem,
        onRefusal: @escaping @Sendable (RefusedRequest, HTTPResponse.Status) -> Void = { _, _ in }
    ) -> HTTPServerBuilder {
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionGuard(limits: limits, connections: connections) { refusal, request in
                    // An overdue one was seen by its route, which tells of it as it is cancelled.
                    if refusal == .overdue { return overdue.closing(baseURL: baseURL, request) }
                    let problem = Problem(refusal.problem)
                    onRefusal(request, problem.type.status)
                    return problem.closing(baseURL: baseURL, request)
                }
            ],
            idleTimeout: TimeAmount(limits.idle),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: limits.headerFieldBytes, maxHeaderListSize: limits.headerBytes,
                maxHeaderFieldCount: limits.headerFields))
        return HTTPServerBuilder { responder in
            LoopBoundChannel(base: HTTP1Channel(responder: responder, configuration: configuration))
        }
    }
}

/// What is known of a request that no route got to see.
public struct RefusedRequest: Sendable {
    /// Nil when its head never was whole.
    public let id: String?
    public let clientAddress: String?
}

extension ConnectionMachine.Refusal {
    fileprivate var problem: ProblemType {
        switch self {
        case .malformed: .malformedRequest
        case .headersTooLarge: .headersTooLarge
        case .addressTooLong: .addressTooLong
        case .tooSlow: .requestTimeout
        case .overdue: .internalError
        }
    }
}

extension Problem {
    /// The last answer of a connection.
    fileprivate func closing(baseURL: String, _ request: RefusedRequest) -> (head: HTTPResponse, body: ByteBuffer) {
        let requestID = request.id ?? Request.newRequestID()
        let bytes = body(baseURL: baseURL, requestID: requestID).bytes()
        let head = HTTPResponse(
            status: type.status,
            headerFields: [
                .contentType: "application/problem+json", .contentLength: "\(bytes.count)", .cacheControl: "no-store", .connection: "close",
                .requestID: requestID, .xContentTypeOptions: "nosniff",
                .contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
            ])
        return (head, ByteBuffer(bytes: bytes))
    }
}
