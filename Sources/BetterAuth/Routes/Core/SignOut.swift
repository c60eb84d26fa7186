import HTTPTypes
import JSON

/// `POST /sign-out`: ends the session if there is one, and always succeeds.
struct SignOut: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/sign-out"
    let sessions: SessionService
    let cookies: AuthCookies

    func handle(_ call: inout AuthCall) async throws -> AuthReply {
        var fields = try FieldReader(optionalBody: call)
        _ = fields.optionalString("callbackURL")
        _ = fields.optionalBool("disableRedirect")
        _ = fields.optionalString("state")
        try fields.finish()
        if let token = cookies.token(in: call.cookies) { try await sessions.end(token: token) }
        call.setCookies += cookies.ending(for: call.cookies)
        return .json(["success": true])
    }
}
