import HTTPTypes
import TypedAPI

@Schema struct ChangeEmailInput {
    var newEmail: EmailAddress
    @Field("callbackURL", .notNull) var callbackURL: String?
}

/// `POST /change-email`: answers alike whether or not the address belongs to somebody else.
struct ChangeEmail: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/change-email"
    let verification: EmailVerification
    let reader: SessionReader
    let cookies: AuthCookies

    func handle(_ input: ChangeEmailInput, _ call: inout AuthCall) async throws -> AuthReply<StatusOutput> {
        var session = try await call.requireSession(reader, .authoritative)
        if let user = try await verification.requestChange(of: session.user, to: input.newEmail, callback: input.callbackURL) {
            session.user = user
            call.renew(session, cookies)
        }
        return .ok(StatusOutput())
    }
}
