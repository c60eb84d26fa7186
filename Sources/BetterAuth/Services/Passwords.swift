import Primitives

/// Changes, resets and checks passwords of users who exist.
struct Passwords: Sendable {
    let settings: AuthSettings
    let hasher: PasswordHasher
    let accounts: AccountStore
    let users: UserStore
    let verifications: VerificationStore
    let sessions: SessionService
    let letters: Letters

    private static let resetPrefix = "reset-password:"

    /// Whether it is the user's password; one without a password takes as long to refuse.
    func matches(_ password: String, userID: String) async throws -> Bool {
        guard let hash = try await accounts.passwordHash(ofUser: userID) else {
            try await hasher.wasteTheSameTime(on: password)
            return false
        }
        return try await hasher.verify(password, against: hash)
    }

    /// - Throws: ``AuthError`` with `CREDENTIAL_ACCOUNT_NOT_FOUND` or `INVALID_PASSWORD`.
    func require(_ password: String, userID: String) async throws {
        guard let hash = try await accounts.passwordHash(ofUser: userID) else {
            throw AuthError(.badRequest, .credentialAccountNotFound)
        }
        guard try await hasher.verify(password, against: hash) else { throw AuthError(.badRequest, .invalidPassword) }
    }

    func change(to new: String, from current: String, for session: AuthSession) async throws {
        try hasher.check(new)
        try await require(current, userID: session.user.id)
        try await accounts.setPassword(try await hasher.hash(new), ofUser: session.user.id, at: settings.now)
        await sessions.events.record(.passwordChanged, actor: session)
    }

    func set(_ password: String, userID: String) async throws {
        try hasher.check(password)
        guard try await users.find(id: userID) != nil else { throw AuthError(.notFound, .userNotFound) }
        guard try await accounts.passwordHash(ofUser: userID) == nil else { throw AuthError(.badRequest, .passwordAlreadySet) }
        try await accounts.setPassword(try await hasher.hash(password), ofUser: userID, at: settings.now)
    }

    /// Whatever password the user had. Sessions live on.
    func replace(_ password: String, userID: String) async throws {
        try hasher.check(password)
        guard try await users.find(id: userID) != nil else { throw AuthError(.notFound, .userNotFound) }
        try await accounts.setPassword(try await hasher.hash(password), ofUser: userID, at: settings.now)
    }

    /// Sends the link that resets a password, if the address has a user; nothing an answer shows depends on it.
    func requestReset(email: EmailAddress, redirectTo: String?) async throws {
        guard letters.canSend else { throw AuthError(.badRequest, .resetPasswordDisabled) }
        let now = settings.now
        let token = Identifiers.resetToken()
        guard let user = try await users.find(email: email.text) else {
            return try await verifications.pretend(Self.resetPrefix + token, at: now)
        }
        try await verifications.create(
            Self.resetPrefix + token, value: user.id, expiresAt: now + settings.configuration.emailAndPassword.resetExpiresIn, at: now)
        let target = PercentEncoding.encodeComponent(redirectTo ?? "")
        await letters.post(
            .resetPassword(user, url: "\(settings.baseURL)/reset-password/\(token)?callbackURL=\(target)", token: token))
    }

    /// Whether a token could still be used; it stays usable.
    func isResetToken(_ token: String) async throws -> Bool {
        guard let row = try await verifications.find(Self.resetPrefix + token, at: settings.now) else { return false }
        return row.expiresAt > settings.now
    }

    /// Uses up the token, and every other of the user, and sets the password.
    func reset(to new: String, token: String) async throws {
        try hasher.check(new)
        guard let userID = try await verifications.consume(Self.resetPrefix + token, at: settings.now) else {
            throw AuthError(.badRequest, .invalidToken)
        }
        guard try await users.find(id: userID) != nil else { throw AuthError(.badRequest, .userNotFound) }
        try await accounts.setPassword(try await hasher.hash(new), ofUser: userID, at: settings.now)
        // Links in older letters are worth nothing any more.
        try await verifications.withdraw(Self.resetPrefix, value: userID)
        if settings.configuration.emailAndPassword.revokesSessionsOnReset { try await sessions.store.delete(ofUser: userID) }
        await sessions.events.record(.passwordReset, subject: userID)
    }
}
