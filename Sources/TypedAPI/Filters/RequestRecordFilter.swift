public import HTTPTypes
public import Hummingbird
public import Primitives
import Synchronization

/// One request and its answer, as logs and metrics see them.
public struct RequestRecord: Sendable {
    public let method: HTTPRequest.Method
    /// The path without the query, which may hold secrets.
    public let path: String
    /// The route's pattern, such as `/v1/projects/{project}`; nil when no route matched.
    public let route: String?
    public let status: HTTPResponse.Status
    /// From the whole head to the answer, or to its last byte when it was streamed.
    public let duration: Duration
    /// Of the answer's body; nil when it was streamed.
    public let bodyBytes: Int?
    public let requestID: String
    public let trace: TraceContext
    public let clientAddress: String?
    public let userAgent: String?
    /// Whose request it was, once that was established.
    public let tenant: String?

    @usableFromInline
    init(
        method: HTTPRequest.Method, path: String, route: String?, status: HTTPResponse.Status, duration: Duration, bodyBytes: Int?,
        requestID: String, trace: TraceContext, clientAddress: String?, userAgent: String?, tenant: String?
    ) {
        self.method = method
        self.path = path
        self.route = route
        self.status = status
        self.duration = duration
        self.bodyBytes = bodyBytes
        self.requestID = requestID
        self.trace = trace
        self.clientAddress = clientAddress
        self.userAgent = userAgent
        self.tenant = tenant
    }
}

/// What becomes known of a request on its way down and is wanted on its way up.
public final class RequestNotes: Sendable {
    private struct State {
        var tenant: String?
        var fields: [HTTPField] = []
    }

    private let state = Mutex(State())

    public init() {}

    public var tenant: String? {
        get { state.withLock { $0.tenant } }
        set { state.withLock { $0.tenant = newValue } }
    }

    /// A header that the answer is to carry whatever it will be, an error too; see ``RequestNotesFilter``.
    public func addField(_ field: HTTPField) {
        state.withLock { $0.fields.append(field) }
        // For the answer that the connection gives in the route's place when time is up.
        ConnectionEnd.current?.note(field)
    }

    /// To be added once.
    @usableFromInline func takeFields() -> [HTTPField] {
        let fields = state.withLock { state in
            defer { state.fields = [] }
            return state.fields
        }
        if !fields.isEmpty { _ = ConnectionEnd.current?.takeFields() }
        return fields
    }
}

/// Adds the headers that were noted for the answer: a refreshed session's cookie belongs on a 404, too.
public struct RequestNotesFilter<Context: RecordedContext>: RequestFilter {
    @inlinable
    public init() {}

    @inlinable
    public func ended(_ request: Request, _ context: Context, _ response: inout Response) {
        for field in context.notes.takeFields() { response.headers.append(field) }
    }
}

/// A context whose requests can be recorded.
public protocol RecordedContext: RequestIDContext, TracedContext {
    /// When its work began.
    var start: ContinuousClock.Instant { get set }
    var clientAddress: String? { get }
    var notes: RequestNotes { get }
}

/// Tells of every request once it is answered: for access logs and metrics.
public struct RequestRecordFilter<Context: RecordedContext>: RequestFilter {
    @usableFromInline let whenBegun: @Sendable () -> Void
    @usableFromInline let whenEnded: @Sendable (RequestRecord, Context) -> Void

    /// - Parameters:
    ///   - began: called as a request arrives.
    ///   - ended: called once for each of them.
    @inlinable
    public init(began: @escaping @Sendable () -> Void = {}, ended: @escaping @Sendable (RequestRecord, Context) -> Void) {
        whenBegun = began
        whenEnded = ended
    }

    @inlinable
    public func began(_ request: Request, _ context: inout Context) -> Response? {
        whenBegun()
        context.start = .now
        return nil
    }

    @inlinable
    public func ended(_ request: Request, _ context: Context, _ response: inout Response) {
        guard let bodyBytes = response.body.contentLength else {
            // Its body is never written.
            if request.method == .head { return whenEnded(Self.record(request, response.status, 0, context), context) }
            let (body, status, whenEnded) = (response.body, response.status, whenEnded)
            response.body = ResponseBody { writer in
                defer { whenEnded(Self.record(request, status, nil, context), context) }
                try await body.write(writer)
            }
            return
        }
        whenEnded(Self.record(request, response.status, bodyBytes, context), context)
    }

    @inlinable
    static func record(_ request: Request, _ status: HTTPResponse.Status, _ bodyBytes: Int?, _ context: Context) -> RequestRecord {
        // Hummingbird's own name for "no route".
        let route = context.endpointPath.flatMap { $0 == ErrorAnswers.noRoute ? nil : $0 }
        // What the caller was told, whatever the route made of it.
        let refusal = ConnectionEnd.refusal(of: context.requestID)
        return RequestRecord(
            method: request.method, path: request.uri.path, route: route, status: refusal?.status ?? status,
            duration: ContinuousClock.now - context.start,
            bodyBytes: refusal.map { request.method == .head ? 0 : $0.bodyBytes } ?? bodyBytes, requestID: context.requestID,
            trace: context.trace, clientAddress: context.clientAddress,
            userAgent: request.headers.value(of: .userAgent), tenant: context.notes.tenant)
    }
}
