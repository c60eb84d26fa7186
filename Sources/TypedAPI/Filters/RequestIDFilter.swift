public import HTTPTypes
public import Hummingbird
public import Logging
public import Primitives

/// A context that knows the identifier its request is logged, answered and reported under.
public protocol RequestIDContext: RequestContext {
    var requestID: String { get set }
}

/// A context that knows where its request stands in a distributed trace.
public protocol TracedContext: RequestContext {
    /// This request's own span; what it calls gets a ``TraceContext/child()``.
    var trace: TraceContext { get set }
}

extension HTTPField.Name {
    public static let requestID = HTTPField.Name("X-Request-Id")!  // a literal that is a valid field name
    public static let traceParent = HTTPField.Name("traceparent")!  // a literal that is a valid field name
    public static let traceState = HTTPField.Name("tracestate")!  // a literal that is a valid field name
}

/// Gives every request its names: keeps the caller's `X-Request-Id` when it is sane, makes one otherwise, and sends it back with every
/// answer; continues the caller's `traceparent` and `tracestate`, or begins a trace. The identifier is in every log line of the request.
public struct RequestIDFilter<Context: RequestIDContext & TracedContext>: RequestFilter {
    @inlinable
    public init() {}

    @inlinable
    public func began(_ request: Request, _ context: inout Context) -> Response? {
        context.requestID = request.requestID()
        context.trace = request.trace()
        context.logger[metadataKey: "request.id"] = .string(context.requestID)
        return nil
    }

    @inlinable
    public func ended(_ request: Request, _ context: Context, _ response: inout Response) {
        response.headers[.requestID] = context.requestID
    }
}

extension Request {
    /// The caller's own identifier when it is sane, else a new one.
    public func requestID() -> String { Self.requestID(in: headers) }

    static func requestID(in headers: HTTPFields) -> String { saneRequestID(in: headers) ?? newRequestID() }

    /// The caller's own identifier, when it is one.
    static func saneRequestID(in headers: HTTPFields) -> String? {
        headers.value(of: .requestID).flatMap { isSane($0) ? $0 : nil }
    }

    static func newRequestID() -> String { TypeID<RequestTag>().description }

    /// A span in the caller's trace, else in a new one.
    @usableFromInline func trace() -> TraceContext {
        headers.value(of: .traceParent).flatMap { TraceContext(traceparent: $0, tracestate: headers[.traceState]) }?.child()
            ?? TraceContext()
    }

    /// 1 to 128 of letters, digits and `-_.:`, so that it can stand in a log line or a header without harm.
    private static func isSane(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                default: byte == 45 || byte == 95 || byte == 46 || byte == 58
                }
            }
    }
}

private enum RequestTag: TypeIDTag {
    static let prefix = "req"
}
