public import HTTPTypes
public import Hummingbird
import Logging
import Primitives

/// A context that knows the identifier its request is logged, answered and reported under.
public protocol RequestIDContext: RequestContext {
    var requestID: String { get set }
}

extension HTTPField.Name {
    public static let requestID = HTTPField.Name("X-Request-Id")!  // a literal that is a valid field name
}

/// Keeps the caller's `X-Request-Id` when it is sane, makes one otherwise, and sends it back with every answer.
public struct RequestIDMiddleware<Context: RequestIDContext>: RouterMiddleware {
    public init() {}

    public func handle(_ request: Request, context: Context, next: Next<Context>) async throws -> Response {
        var context = context
        context.requestID = request.requestID()
        context.logger[metadataKey: "request.id"] = .string(context.requestID)
        var response = try await next(request, context)
        response.headers[.requestID] = context.requestID
        return response
    }
}

extension Request {
    /// The caller's own identifier when it is sane, else a new one.
    public func requestID() -> String {
        headers[.requestID].flatMap { Self.isSane($0) ? $0 : nil } ?? TypeID<RequestTag>().description
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
