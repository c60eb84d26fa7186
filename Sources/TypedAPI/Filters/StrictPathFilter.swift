public import Hummingbird

/// One address a resource: the router reads `//v1/me/` as `/v1/me`, which is a second name for the same thing to whoever filters, caches or
/// counts by path. Such spellings are 404.
public struct StrictPathFilter<Context: RequestIDContext>: RequestFilter {
    private let exempt: String
    private let baseURL: String

    /// - Parameters:
    ///   - exempt: the start of paths that have rules of their own.
    ///   - baseURL: the public origin, for the problem's `type`.
    public init(exempt: String, baseURL: String) {
        self.exempt = exempt
        self.baseURL = baseURL
    }

    public func began(_ request: Request, _ context: inout Context) -> Response? {
        Self.isTidy(request.uri.path) || request.uri.path.hasPrefix(exempt)
            ? nil : Problem(.routeNotFound).response(baseURL: baseURL, requestID: context.requestID)
    }

    /// No empty part, and none at the end unless it is all there is.
    private static func isTidy(_ path: String) -> Bool {
        var last: UInt8 = 0
        for byte in path.utf8 {
            if byte == UInt8(ascii: "/"), last == byte { return false }
            last = byte
        }
        return last != UInt8(ascii: "/") || path.utf8.count == 1
    }
}
