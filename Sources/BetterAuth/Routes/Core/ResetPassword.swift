import HTTPTypes
import TypedAPI

@Schema struct RequestPasswordResetInput {
    var email: EmailAddress
    @Field(.notNull) var redirectTo: String?
}

@Schema struct RequestPasswordResetOutput {
    var status: Bool = true
    var message: String = "If this email exists in our system, check your email for the reset link"
}

/// `POST /request-password-reset`: the same answer for every address.
struct RequestPasswordReset: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/request-password-reset"
    let passwords: Passwords

    func handle(_ input: RequestPasswordResetInput, _ call: inout AuthCall) async throws -> AuthReply<RequestPasswordResetOutput> {
        try await passwords.requestReset(email: input.email, redirectTo: input.redirectTo)
        return .ok(RequestPasswordResetOutput())
    }
}

@Schema struct OpenResetLinkInput {
    @Field("callbackURL") var callbackURL: String
}

/// `GET /reset-password/{token}`: leads the link in the mail on to the application's page. The token stays usable.
struct OpenResetLink: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/reset-password/{token}"
    let passwords: Passwords
    let origins: OriginPolicy

    func handle(_ input: OpenResetLinkInput, _ call: inout AuthCall) async throws -> AuthReply<NoOutput> {
        try origins.checkCallback(input.callbackURL)
        let settings = passwords.settings
        guard !input.callbackURL.isEmpty else { return .redirect(to: "\(settings.baseURL)/error?error=INVALID_TOKEN") }
        let target = settings.absolute(input.callbackURL)
        let token = call.pathParameter ?? ""
        guard try await passwords.isResetToken(token) else { return .redirect(to: target.addingQuery("error", "INVALID_TOKEN")) }
        return .redirect(to: target.addingQuery("token", token))
    }
}

@Schema struct ResetPasswordInput {
    var newPassword: String
    @Field(.notNull) var token: String?
}

/// `POST /reset-password`: does not sign in, and does not prove the address.
struct ResetPassword: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/reset-password"
    let passwords: Passwords

    func handle(_ input: ResetPasswordInput, _ call: inout AuthCall) async throws -> AuthReply<StatusOutput> {
        guard let token = input.token ?? call.query["token"], !token.isEmpty else { throw AuthError(.badRequest, .invalidToken) }
        try await passwords.reset(to: input.newPassword, token: token)
        return .ok(StatusOutput())
    }
}
