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
    ///   - complete: adds what every answer carries, such as what lets a browser's page read it.
    ///   - onRefusal: told of each request that was refused before any route could see it.
    public static func guarded(
        _ limits: ServerLimits, baseURL: String, connections: ConnectionCount, overdue: Problem, stopping: Problem,
        complete: @escaping @Sendable (RefusedRequest, inout HTTPFields) -> Void = { _, _ in },
        onRefusal: @escaping @Sendable (RefusedRequest, HTTPResponse.Status) -> Void = { _, _ in }
    ) -> HTTPServerBuilder {
        let problem: @Sendable (ConnectionMachine.Refusal) -> Problem = { refusal in
            switch refusal {
            case .malformed: Problem(.malformedRequest)
            case .unknownMethod: Problem(.methodNotImplemented)
            case .headersTooLarge: Problem(.headersTooLarge)
            case .addressTooLong: Problem(.addressTooLong)
            case .tooSlow: Problem(.requestTimeout)
            case .overdue: overdue
            case .stopping: stopping
            }
        }
        let configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionGuard(limits: limits, connections: connections, problem: problem) { problem, request in
                    // A route that has begun tells of it itself.
                    if !request.isRouted { onRefusal(request, problem.type.status) }
                    var (head, body) = problem.closing(baseURL: baseURL, request)
                    complete(request, &head.headerFields)
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

/// What is known of a request that the connection answers in place of a route.
public struct RefusedRequest: Sendable {
    /// Nil when it never was whole.
    public let head: HTTPRequest?
    /// Whether a route has begun with it.
    let isRouted: Bool
    /// The socket's peer.
    public let clientAddress: String?
    /// The request's own, or a new one when its head never was whole.
    public let id: String

    init(head: HTTPRequest?, isRouted: Bool, clientAddress: String?) {
        self.head = head
        self.isRouted = isRouted
        self.clientAddress = clientAddress
        id = head?.headerFields[.requestID] ?? Request.newRequestID()
    }
}

extension Problem {
    /// The last answer of a connection.
    fileprivate func closing(baseURL: String, _ request: RefusedRequest) -> (head: HTTPResponse, body: ByteBuffer) {
        let bytes = body(baseURL: baseURL, requestID: request.id).bytes()
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.contentLength] = "\(bytes.count)"
        SecurityHeaders(isHTTPS: baseURL.hasPrefix("https:")).complete(&headers)
        headers[.connection] = "close"
        headers[.requestID] = request.id
        return (HTTPResponse(status: type.status, headerFields: headers), ByteBuffer(bytes: bytes))
    }
}
