public import Hummingbird

/// Lets requests in to the routes behind it, with the context that those need, or refuses them.
///
///     let v1 = api.group("v1", on: router, security: .required("apiKey"), errors: [.invalidAPIKey]) {
///         $0.guarded(by: APIKeyGuard(keys: keys))
///     }
///
/// A middleware could do the same, and a second one turn one context into the other. Each would be a layer of asynchronous calls for every
/// request, where mostly nothing has to be waited for: whom a key belongs to is known since the request before. Take a middleware where the
/// answer is to be seen, too.
public protocol RequestGuard<Context, Admitted>: Sendable {
    /// What is known of a request outside.
    associatedtype Context: RequestContext
    /// What is known of it inside.
    associatedtype Admitted: AdmittedContext

    /// Decides without waiting.
    /// - Returns: nil when it cannot; ``admit(_:_:)`` is asked then.
    /// - Throws: what the request is refused with.
    func admitAtOnce(_ request: Request, _ context: Context) throws -> Admitted?

    /// - Throws: what the request is refused with.
    func admit(_ request: Request, _ context: Context) async throws -> Admitted
}

extension RequestGuard {
    public func admitAtOnce(_ request: Request, _ context: Context) throws -> Admitted? { nil }
}

/// A context that only a ``RequestGuard`` makes.
public protocol AdmittedContext: RequestContext where Source == Never {}

extension AdmittedContext {
    public init(source: Never) { switch source {} }
}

extension RouterMethods {
    /// Routes that only requests get to which `guard` lets in.
    public func guarded<Guard: RequestGuard>(by guard: Guard) -> RouterGroup<Guard.Admitted> where Guard.Context == Context {
        GuardedRoutes(parent: self, guard: `guard`).group()
    }
}

private struct GuardedRoutes<Guard: RequestGuard, Parent: RouterMethods<Guard.Context>>: RouterMethods {
    typealias Context = Guard.Admitted

    let parent: Parent
    let `guard`: Guard

    func on<Responder: HTTPResponder>(_ path: RouterPath, method: HTTPRequest.Method, responder: Responder) -> Self
    where Responder.Context == Context {
        parent.on(path, method: method, responder: GuardedResponder(guard: `guard`, responder: responder))
        return self
    }

    /// A group adds what is between itself and its routes by itself.
    func add(middleware: any MiddlewareProtocol<Request, Response, Context>) -> Self {
        preconditionFailure("middleware is added to the group inside")
    }
}

private struct GuardedResponder<Guard: RequestGuard>: HTTPResponder {
    let `guard`: Guard
    let responder: any HTTPResponder<Guard.Admitted>

    @concurrent
    func respond(to request: Request, context: Guard.Context) async throws -> Response {
        if let admitted = try `guard`.admitAtOnce(request, context) {
            return try await responder.respond(to: request, context: admitted)
        }
        return try await responder.respond(to: request, context: try await `guard`.admit(request, context))
    }
}
