import HTTPTypes
import TypedAPI

@Schema struct DeleteUserInput {
    @Field("callbackURL", .notNull) var callbackURL: String?
    @Field(.notNull) var password: String?
    @Field(.notNull) var token: String?
}

@Schema struct DeleteUserOutput {
    var success: Bool = true
    var message: String
}

/// `POST /delete-user`: by password, by a mail's token, or with a fresh session.
struct DeleteUser: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/delete-user"
    let deletion: Deletion
    let passwords: Passwords
    let reader: SessionReader
    let cookies: AuthCookies

    func handle(_ input: DeleteUserInput, _ call: inout AuthCall) async throws -> AuthReply<DeleteUserOutput> {
        guard deletion.isEnabled else { throw AuthError.empty(.notFound) }
        let session = try await call.requireSession(reader, .authoritative)
        if let password = input.password { try await passwords.require(password, userID: session.user.id) }
        if let token = input.token {
            try await deletion.confirm(token, by: session)
        } else if deletion.asksByMail {
            try await deletion.ask(session.user, callback: input.callbackURL)
            return .ok(DeleteUserOutput(message: "Verification email sent"))
        } else {
            guard input.password != nil || reader.sessions.isFresh(session.session) else {
                throw AuthError(.badRequest, .sessionExpired)
            }
            try await deletion.delete(session)
        }
        call.set(cookies.ending(for: call.cookies))
        return .ok(DeleteUserOutput(message: "User deleted"))
    }
}

@Schema struct DeleteUserCallbackInput {
    var token: String
    @Field("callbackURL", .notNull) var callbackURL: String?
}

/// `GET /delete-user/callback`: where the link in the mail leads; works for its own user only.
struct DeleteUserCallback: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/delete-user/callback"
    let deletion: Deletion
    let reader: SessionReader
    let cookies: AuthCookies
    let origins: OriginPolicy

    func handle(_ input: DeleteUserCallbackInput, _ call: inout AuthCall) async throws -> AuthReply<DeleteUserOutput> {
        let callback = input.callbackURL.flatMap { $0.isEmpty ? nil : $0 }
        if let callback { try origins.checkCallback(callback) }
        guard deletion.isEnabled else { throw AuthError(.notFound, .notFound) }
        guard let session = try await call.session(reader, .authoritative) else { throw AuthError(.notFound, .failedToGetUserInfo) }
        try await deletion.confirm(input.token, by: session)
        call.set(cookies.ending(for: call.cookies))
        if let callback { return .redirect(to: callback) }
        return .ok(DeleteUserOutput(message: "User deleted"))
    }
}
