import HTTPTypes
import TypedAPI

@Schema struct SignOutInput {
    @Field("callbackURL", .notNull) var callbackURL: String?
    @Field(.notNull) var disableRedirect: Bool?
    @Field(.notNull) var state: String?
}

/// `POST /sign-out`: ends the session if there is one, with an administrator's own session that waits behind it, and always succeeds.
struct SignOut: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/sign-out"
    let isBodyOptional = true
    let sessions: SessionService
    let cookies: AuthCookies

    func handle(_ input: SignOutInput, _ call: inout AuthCall) async throws -> AuthReply<SuccessOutput> {
        if let token = cookies.token(in: call.cookies) {
            try await sessions.end(token: token)
            await sessions.events.record(.signedOut)
        }
        if let kept = cookies.keptAdmin(in: call.cookies) { try await sessions.end(token: kept.token) }
        call.set(cookies.ending(for: call.cookies))
        if call.cookies[cookies.adminSession] != nil { call.set([cookies.expiring(cookies.adminSession)]) }
        return .ok(SuccessOutput())
    }
}
