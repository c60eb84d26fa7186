import HTTPTypes
import TypedAPI

@Schema struct SignOutInput {
    @Field("callbackURL", .notNull) var callbackURL: String?
    @Field(.notNull) var disableRedirect: Bool?
    @Field(.notNull) var state: String?
}

/// `POST /sign-out`: ends the session if there is one, and always succeeds.
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
        call.set(cookies.ending(for: call.cookies))
        return .ok(SuccessOutput())
    }
}
