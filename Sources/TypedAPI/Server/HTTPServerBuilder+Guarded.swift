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
    ///   - stopping: the answer of a request whose handler is not through when the time to stop has come; it is cancelled, too.
    ///   - complete: adds what answers to a request carry whatever they are, such as what lets a browser's page read them.
    ///   - onRefusal: told of each request that was refused before any route could see it.
    public static func guarded(
        _ limits: ServerLimits, baseURL: String, connections: ConnectionCount, overdue: Problem, stopping: Problem,
        complete: @escaping @Sendable (HTTPRequest, inout HTTPFields) -> Void = { _, _ in },
        onRefusal: @escaping @Sendable (RefusedRequest, HTTPResponse.Status) -> Void = { _, _ in }
    ) -> HTTPServerBuilder {
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionGuard(limits: limits, connections: connections) { refusal, request in
                    let problem: Problem
                    switch refusal {
                    // These were seen by their routes, which tell of it as they are cancelled.
                    case .overdue: problem = overdue
                    case .stopping: problem = stopping
                    case .malformed, .unknownMethod, .headersTooLarge, .addressTooLong, .tooSlow:
                        problem = Problem(refusal.problem)
                        onRefusal(request, problem.type.status)
                    }
                    var (head, body) = problem.closing(baseURL: baseURL, request)
                    if let asked = request.head { complete(asked, &head.headerFields) }
                    return (head, body)
                }
            ],
            // Who pauses, and for how long they may, is the guard's to say.
            idleTimeout: nil,
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
    /// Nil when it never was whole.
    let head: HTTPRequest?
    public let clientAddress: String?
    /// The request's own, or a new one when its head never was whole.
    public let id: String

    init(head: HTTPRequest?, clientAddress: String?) {
        self.head = head
        self.clientAddress = clientAddress
        id = head?.headerFields[.requestID] ?? Request.newRequestID()
    }
}

extension ConnectionMachine.Refusal {
    fileprivate var problem: ProblemType {
        switch self {
        case .malformed: .malformedRequest
        case .unknownMethod: .methodNotImplemented
        case .headersTooLarge: .headersTooLarge
        case .addressTooLong: .addressTooLong
        case .tooSlow: .requestTimeout
        case .overdue, .stopping: .internalError
        }
    }
}

extension Problem {
    /// The last answer of a connection.
    fileprivate func closing(baseURL: String, _ request: RefusedRequest) -> (head: HTTPResponse, body: ByteBuffer) {
        let bytes = body(baseURL: baseURL, requestID: request.id).bytes()
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.contentLength] = "\(bytes.count)"
        headers[.cacheControl] = "no-store"
        headers[.connection] = "close"
        headers[.requestID] = request.id
        headers[.xContentTypeOptions] = "nosniff"
        headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        return (HTTPResponse(status: type.status, headerFields: headers), ByteBuffer(bytes: bytes))
    }
}
