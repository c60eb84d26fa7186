import HTTPTypes
import JSON

/// `POST /sign-up/email`
struct SignUpEmail: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/sign-up/email"
    let acceptsForms = true
    let signUp: SignUp
    let origins: OriginPolicy
    let cookies: AuthCookies

    /// Columns of the admin plug-in that no caller may choose. Those with a default are reset to it silently.
    private static let protectedFields = ["role", "banReason", "banExpires"]

    func handle(_ call: inout AuthCall) async throws -> AuthReply {
        var fields = try FieldReader(body: call)
        let name = fields.string("name")
        let email = fields.email("email")
        let password = fields.string("password", minimumLength: 1)
        let image = fields.optionalString("image")
        _ = fields.optionalString("callbackURL")
        let remember = fields.optionalBool("rememberMe") ?? true
        try fields.finish()
        try origins.checkForm(call.headers)
        for field in Self.protectedFields {
            if let value = fields.raw(field), value != .null, value != "", value != false, value != 0 {
                throw AuthError(.badRequest, .fieldNotAllowed, message: "\(field) is not allowed to be set")
            }
        }
        guard let email else { throw AuthError(.badRequest, .invalidEmail) }
        let outcome = try await signUp(
            SignUp.Wish(name: name, email: email, password: password, image: image, remember: remember, origin: call.origin))
        if let session = outcome.session { call.begin(session, remember: remember, cookies) }
        return .json(["token": .string(orNull: outcome.session?.token), "user": outcome.user.json])
    }
}

extension AuthCall {
    /// Queues the cookies of a new session. A browser that was to forget its last session shall remember this one.
    mutating func begin(_ session: AuthSessionRecord, remember: Bool, _ names: AuthCookies) {
        setCookies += names.starting(session.token, remember: remember)
        if remember, cookies[names.dontRemember] != nil { setCookies.append(names.remembering()) }
    }
}
