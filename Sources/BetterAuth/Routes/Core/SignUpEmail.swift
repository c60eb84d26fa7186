import HTTPTypes
import JSON
import TypedAPI

@Schema struct SignUpEmailInput {
    var name: String
    var email: EmailAddress
    @Field(.length(1...)) var password: String
    @Field(.notNull) var image: String?
    @Field("callbackURL", .notNull) var callbackURL: String?
    @Field(.notNull) var rememberMe: Bool?
}

@Schema struct SignUpEmailOutput {
    /// nil where signing up does not sign in.
    var token: String?
    var user: UserView
}

/// `POST /sign-up/email`
struct SignUpEmail: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/sign-up/email"
    let acceptsForms = true
    let signUp: SignUp
    let origins: OriginPolicy
    let cookies: AuthCookies

    func handle(_ input: SignUpEmailInput, _ call: inout AuthCall) async throws -> AuthReply<SignUpEmailOutput> {
        try origins.checkForm(call.headers)
        // Those with a default are reset to it silently.
        try call.refuseProtected(["role", "banReason", "banExpires"])
        let remember = input.rememberMe ?? true
        let outcome = try await signUp(
            SignUp.Wish(
                name: input.name, email: input.email, password: input.password, image: input.image, remember: remember,
                callback: input.callbackURL, origin: call.origin))
        if let session = outcome.session { call.begin(session, remember: remember, cookies) }
        return .ok(SignUpEmailOutput(token: outcome.session?.session.token, user: UserView(outcome.user)))
    }
}

extension AuthCall {
    /// Columns that no caller may choose; a value that is nothing in JavaScript is not a choice.
    func refuseProtected(_ fields: [String]) throws(AuthError) {
        for field in fields {
            if let value = raw(field), value != .null, value != "", value != false, value != 0 {
                throw AuthError(.badRequest, .fieldNotAllowed, message: "\(field) is not allowed to be set")
            }
        }
    }
}
