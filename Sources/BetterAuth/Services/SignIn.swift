import Primitives

/// Signs users in by password.
struct SignIn: Sendable {
    let settings: AuthSettings
    let users: UserStore
    let accounts: AccountStore
    let sessions: SessionService
    let passwords: PasswordHasher

    /// An unknown address, an account without a password and a wrong password answer alike, after the same hashing work.
    func callAsFunction(
        email raw: String, password: String, remember: Bool, from origin: SessionService.Origin
    ) async throws -> AuthSession {
        guard let email = EmailAddress(raw) else { throw AuthError(.badRequest, .invalidEmail) }
        guard let (user, stored) = try await accounts.credentials(email: email.text), let stored else {
            try await passwords.wasteTheSameTime(on: password)
            throw AuthError(.unauthorized, .invalidEmailOrPassword)
        }
        guard try await passwords.verify(password, against: stored) else {
            throw AuthError(.unauthorized, .invalidEmailOrPassword)
        }
        if settings.configuration.emailAndPassword.requireEmailVerification, !user.emailVerified {
            throw AuthError(.forbidden, .emailNotVerified)
        }
        let admitted = try await admit(user)
        let session = sessions.make(for: admitted.id, remember: remember, from: origin)
        try await sessions.store.insert(session)
        return AuthSession(user: admitted, session: session)
    }

    /// Refuses a banned user, and lifts a ban that has run out.
    private func admit(_ user: AuthUser) async throws -> AuthUser {
        guard user.banned == true else { return user }
        guard let until = user.banExpires, until < settings.now, let freed = try await users.liftBan(id: user.id, at: settings.now)
        else { throw AuthError(.forbidden, .bannedUser) }
        return freed
    }
}
