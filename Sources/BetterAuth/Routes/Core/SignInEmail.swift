import HTTPTypes
import TypedAPI

@Schema struct SignInEmailInput {
    var email: String
    var password: String
    @Field("callbackURL", .notNull) var callbackURL: String?
    @Field(.notNull) var rememberMe: Bool?
}

@Schema struct SignInEmailOutput {
    var redirect: Bool
    var token: String
    @Field(.omitNil) var url: String?
    var user: UserView
}

/// `POST /sign-in/email`
struct SignInEmail: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/sign-in/email"
    let acceptsForms = true
    let signIn: SignIn
    let origins: OriginPolicy
    let cookies: AuthCookies

    func handle(_ input: SignInEmailInput, _ call: inout AuthCall) async throws -> AuthReply<SignInEmailOutput> {
        try origins.checkForm(call.headers)
        let callback = input.callbackURL.flatMap { $0.isEmpty ? nil : $0 }
        let remember = input.rememberMe ?? true
        let signedIn = try await signIn(
            email: input.email, password: input.password, remember: remember, callback: callback, from: call.origin)
        call.begin(signedIn, remember: remember, cookies)
        // Not a redirect by status: the client's script navigates.
        let output = SignInEmailOutput(
            redirect: callback != nil, token: signedIn.session.token, url: callback, user: UserView(signedIn.user))
        return .ok(output, headers: callback.map { [.location: $0] } ?? [:])
    }
}
