import Primitives

/// Signs users in by password.
struct SignIn: Sendable {
    let settings: AuthSettings
    let accounts: AccountStore
    let sessions: SessionService
    let passwords: PasswordHasher
    let verification: EmailVerification

    /// An unknown address, an account without a password and a wrong password answer alike, after the same hashing work.
    func callAsFunction(
        email raw: String, password: String, remember: Bool, callback: String?, from origin: SessionService.Origin
    ) async throws -> AuthSession {
        guard settings.configuration.emailAndPassword.isEnabled else { throw AuthError(.badRequest, .emailPasswordDisabled) }
        guard let email = EmailAddress(raw) else { throw AuthError(.badRequest, .invalidEmail) }
        guard let (user, stored) = try await accounts.credentials(email: email.text), let stored else {
            try await passwords.wasteTheSameTime(on: password)
            throw await refusal(nil)
        }
        guard try await passwords.verify(password, against: stored) else { throw await refusal(user) }
        if settings.configuration.emailAndPassword.requireEmailVerification, !user.emailVerified {
            if settings.configuration.emailVerification.sendsOnSignIn { await verification.send(to: user, callback: callback) }
            throw AuthError(.forbidden, .emailNotVerified)
        }
        let session = try await sessions.begin(for: user, provenBy: stored, remember: remember, from: origin)
        await sessions.events.record(.signedIn, actor: session)
        return session
    }

    private func refusal(_ user: AuthUser?) async -> AuthError {
        await sessions.events.record(.signInRefused, subject: user?.id)
        return AuthError(.unauthorized, .invalidEmailOrPassword)
    }
}
