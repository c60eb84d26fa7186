import BetterAuth
import HTTPTypes
import Hummingbird
import TypedAPI

/// Establishes who is signed in, by better-auth's session cookie, after its origin check: what changes something with a cookie must come
/// from a trusted origin.
struct SessionAuth: RouterMiddleware {
    let auth: Auth

    func handle(_ request: Request, context: AppContext, next: Next<AppContext>) async throws -> Response {
        do throws(AuthError) {
            try auth.verifyOrigin(method: request.method, headers: request.headers)
        } catch {
            throw Problem(.originNotAllowed)
        }
        guard let session = try await auth.session(for: request.headers) else { throw Problem(.unauthenticated) }
        var context = context
        context.session = session
        context.noteCookies(of: session)
        return try await next(request, context)
    }
}

extension AppContext {
    /// A session that was refreshed is so whatever the request comes to: its cookies go out with every answer, errors and 304 too.
    func noteCookies(of session: AuthSession) {
        for cookie in session.setCookies { notes.addField(HTTPField(name: .setCookie, value: cookie)) }
    }
}
