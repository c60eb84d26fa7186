import HTTPTypes
import JSON

/// `POST /sign-in/email`
struct SignInEmail: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/sign-in/email"
    let acceptsForms = true
    let signIn: SignIn
    let origins: OriginPolicy
    let cookies: AuthCookies

    func handle(_ call: inout AuthCall) async throws -> AuthReply {
        var fields = try FieldReader(body: call)
        let email = fields.string("email")
        let password = fields.string("password")
        let callback = fields.optionalString("callbackURL").flatMap { $0.isEmpty ? nil : $0 }
        let remember = fields.optionalBool("rememberMe") ?? true
        try fields.finish()
        try origins.checkForm(call.headers)
        let signedIn = try await signIn(email: email, password: password, remember: remember, from: call.origin)
        call.begin(signedIn.session, remember: remember, cookies)
        // Not a redirect by status: the client's script navigates.
        var body: JSONObject = ["redirect": .bool(callback != nil), "token": .string(signedIn.session.token)]
        if let callback { body["url"] = .string(callback) }
        body["user"] = signedIn.user.json
        return .json(.object(body), headers: callback.map { [.location: $0] } ?? [:])
    }
}
