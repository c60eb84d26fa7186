import HTTPTypes
import TypedAPI

@Schema struct SendVerificationEmailInput {
    var email: EmailAddress
    @Field("callbackURL", .notNull) var callbackURL: String?
}

/// `POST /send-verification-email`: without a session it never tells whether the address is known, by time neither.
struct SendVerificationEmail: AuthEndpoint {
    let method = HTTPRequest.Method.post
    let path = "/send-verification-email"
    let verification: EmailVerification
    let reader: SessionReader

    func handle(_ input: SendVerificationEmailInput, _ call: inout AuthCall) async throws -> AuthReply<StatusOutput> {
        guard verification.letters.canSend else { throw AuthError(.badRequest, .verificationEmailNotEnabled) }
        if let session = try await call.session(reader) {
            guard session.user.email == input.email.text else { throw AuthError(.badRequest, .emailMismatch) }
            guard !session.user.emailVerified else { throw AuthError(.badRequest, .emailAlreadyVerified) }
            await verification.send(to: session.user, callback: input.callbackURL)
            return .ok(StatusOutput())
        }
        let floor = ContinuousClock.now + .milliseconds(500)
        if let user = try await verification.users.find(email: input.email.text), !user.emailVerified {
            await verification.send(to: user, callback: input.callbackURL)
        }
        try await Task.sleep(until: floor, clock: .continuous)
        return .ok(StatusOutput())
    }
}

@Schema struct VerifyEmailInput {
    var token: String
    @Field("callbackURL", .notNull) var callbackURL: String?
}

@Schema struct VerifyEmailOutput {
    var status: Bool = true
    /// Only when the address was changed.
    var user: UserView?
}

/// `GET /verify-email`: where links in mail lead.
struct VerifyEmail: AuthEndpoint {
    let method = HTTPRequest.Method.get
    let path = "/verify-email"
    let verification: EmailVerification
    let reader: SessionReader
    let cookies: AuthCookies
    let origins: OriginPolicy

    func handle(_ input: VerifyEmailInput, _ call: inout AuthCall) async throws -> AuthReply<VerifyEmailOutput> {
        let callback = input.callbackURL.flatMap { $0.isEmpty ? nil : $0 }
        if let callback { try origins.checkCallback(callback) }
        let present = try await call.session(reader)
        do {
            let outcome = try await verification.follow(input.token, signedIn: present?.user, callback: callback)
            let user = try await settle(outcome, present, &call)
            if let callback { return .redirect(to: callback) }
            return .ok(VerifyEmailOutput(user: user.map(UserView.init)))
        } catch let error as AuthError where error.kind == .unauthorized {
            guard let callback, let code = error.code else { throw error }
            return .redirect(to: callback.addingQuery("error", code.rawValue))
        }
    }

    /// Signs in where that is due; the user whose address changed.
    private func settle(
        _ outcome: EmailVerification.Outcome, _ present: AuthSession?, _ call: inout AuthCall
    ) async throws -> AuthUser? {
        switch outcome {
        case .confirmed: return nil
        case .verified(let user, let isNew):
            // A link that was followed before signs nobody in: it may lie about in an old mail.
            guard isNew, verification.settings.configuration.emailVerification.autoSignIn else { return nil }
            try await signIn(user, present, &call)
            return nil
        case .changed(let user):
            try await signIn(user, present, &call)
            return user
        }
    }

    private func signIn(_ user: AuthUser, _ present: AuthSession?, _ call: inout AuthCall) async throws {
        if var present, present.user.id == user.id {
            present.user = user
            call.renew(present, cookies)
            return
        }
        let session = try await reader.sessions.begin(for: user, remember: true, from: call.origin)
        call.begin(session, remember: true, cookies)
    }
}
