import HTTPTypes
public import Hummingbird

/// Answers HEAD as GET would be answered, without the body: routes, problems and all.
///
/// A body after the answer to HEAD would be taken for the next answer of the connection. Put it first, around everything.
public struct HeadMiddleware<Context: RequestContext>: RouterMiddleware {
    public init() {}

    public func handle(_ request: Request, context: Context, next: Next<Context>) async throws -> Response {
        let response = try await next(request, context)
        return request.method == .head ? response.createHeadResponse() : response
    }
}
