import HTTPTypes
public import Hummingbird

extension Auth {
    /// Whether a browser's request may come from this origin with its cookies.
    public func trusts(origin: String) -> Bool { settings.origins.trusts(origin) }

    /// Where the contract's routes begin, such as `/api/auth`.
    public var basePath: String { settings.basePath }

    /// A path as it may be written down, in an access log for one: `/api/auth/reset-password/{token}`, whatever the token is.
    public func loggable(path: String) -> String {
        guard path.hasPrefix(settings.basePath + "/") else { return path }
        return settings.basePath + dispatcher.routes.nameless(String(path.dropFirst(settings.basePath.count)))
    }

    /// Serves the auth contract below the base path, `/api/auth` unless the base URL has a path of its own.
    ///
    /// Every path and method below it is answered here, unknown ones with the contract's empty 404.
    ///
    /// - Parameter clientAddress: The caller's address, stored with new sessions; nil when unknown. Who sits behind proxies decides here
    ///   whose word counts.
    public func addRoutes<Context: RequestContext>(
        to router: Router<Context>, clientAddress: @escaping @Sendable (Request, Context) -> String? = { _, _ in nil }
    ) {
        let dispatcher = self.dispatcher
        // The router finds nodes by path before it looks at the method, so each known path needs every method.
        let known = dispatcher.routes.paths.filter { !$0.contains("{") }.map { settings.basePath + $0 }
        for path in known + [settings.basePath, settings.basePath + "/**"] {
            for method in Self.methods {
                router.on(RouterPath(path), method: method) { request, context in
                    await dispatcher.respond(to: request, clientAddress: clientAddress(request, context))
                }
            }
        }
    }

    /// Answers one request below the base path as the routes do, with its rate limits and origin checks: for a page that sends a form on.
    public func respond(to request: Request, clientAddress: String?) async -> Response {
        await dispatcher.respond(to: request, clientAddress: clientAddress)
    }

    private static var methods: [HTTPRequest.Method] { [.get, .head, .post, .put, .patch, .delete, .options, .trace, .connect] }
}
