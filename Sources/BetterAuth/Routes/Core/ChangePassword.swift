import HTTPTypes
import TypedAPI

@Schema struct ChangePasswordInput {
    var newPassword: String
    var currentPassword: String
    @Field(.notNull) var revokeOtherSessions: Bool?
}

@Schema struct ChangePasswordOutput {
    /// Of the new session, when the others were ended.
    var token: String?
    var user: UserView
}

/// `POST /change-password`
struct ChangePassword: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/change-password"
    let passwords: Passwords
    let reader: SessionReader
    let cookies: AuthCookies

    func handle(_ input: ChangePasswordInput, _ call: inout AuthCall) async throws -> AuthReply<ChangePasswordOutput> {
        let session = try await call.requireSession(reader, .authoritative)
        let endsSessions =
            input.revokeOtherSessions ?? passwords.settings.configuration.emailAndPassword.revokesOtherSessionsOnChange
        let hash = try await passwords.change(
            to: input.newPassword, from: input.currentPassword, for: session, endsSessions: endsSessions)
        guard endsSessions else { return .ok(ChangePasswordOutput(token: nil, user: UserView(session.user))) }
        // This session ended, too: it may be the one that was stolen.
        let remember = !cookies.isForgetful(call.cookies)
        let begun = try await reader.sessions.begin(for: session.user, provenBy: hash, remember: remember, from: call.origin)
        call.begin(begun, remember: remember, cookies)
        return .ok(ChangePasswordOutput(token: begun.session.token, user: UserView(begun.user)))
    }
}

@Schema struct VerifyPasswordInput {
    var password: String
}

/// `POST /verify-password`
struct VerifyPassword: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/verify-password"
    let passwords: Passwords
    let reader: SessionReader

    func handle(_ input: VerifyPasswordInput, _ call: inout AuthCall) async throws -> AuthReply<StatusOutput> {
        let session = try await call.requireSession(reader, .authoritative)
        guard try await passwords.matches(input.password, userID: session.user.id) else { throw AuthError(.badRequest, .invalidPassword) }
        return .ok(StatusOutput())
    }
}
