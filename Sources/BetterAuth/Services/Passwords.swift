import Primitives

/// Changes, resets and checks passwords of users who exist.
struct Passwords: Sendable {
    let settings: AuthSettings
    let hasher: PasswordHasher
    let accounts: AccountStore
    let users: UserStore
    let verifications: VerificationStore
    let sessions: SessionService
    let credentials: CredentialStore
    let keys: APIKeys
    let letters: Letters

    private static let resetPrefix = VerificationStore.Prefix.reset
    private var endsSessions: Bool { settings.configuration.emailAndPassword.revokesSessionsOnReset }

    /// Whether it is the user's password; one without a password takes as long to refuse.
    func matches(_ password: String, userID: String) async throws -> Bool {
        guard let hash = try await accounts.passwordHash(ofUser: userID) else {
            try await hasher.wasteTheSameTime(on: password)
            return false
        }
        return try await hasher.verify(password, against: hash)
    }

    /// - Returns: The hash of the password, which was compared.
    /// - Throws: ``AuthError`` with `CREDENTIAL_ACCOUNT_NOT_FOUND` or `INVALID_PASSWORD`.
    @discardableResult
    func require(_ password: String, userID: String) async throws -> String {
        guard let hash = try await accounts.passwordHash(ofUser: userID) else {
            throw AuthError(.badRequest, .credentialAccountNotFound)
        }
        guard try await hasher.verify(password, against: hash) else { throw AuthError(.badRequest, .invalidPassword) }
        return hash
    }

    /// - Parameter endsSessions: All of the user's sessions end, this one too.
    /// - Returns: The hash of the new password.
    func change(to new: String, from current: String, for session: AuthSession, endsSessions: Bool) async throws -> String {
        try hasher.check(new)
        let old = try await require(current, userID: session.user.id)
        let hash = try await hasher.hash(new)
        let change = try await credentials.setPassword(
            hash, ofUser: session.user.id, replacing: .hash(old), endsSessions: endsSessions, at: settings.now)
        switch change {
        case .changed: break
        case .userGone: throw AuthError(.unauthorized, .unauthorized)
        case .notCurrent: throw AuthError(.badRequest, .invalidPassword)
        }
        await sessions.events.record(.passwordChanged, actor: session)
        return hash
    }

    func set(_ password: String, userID: String) async throws {
        try hasher.check(password)
        guard try await users.find(id: userID) != nil else { throw AuthError(.notFound, .userNotFound) }
        guard try await accounts.passwordHash(ofUser: userID) == nil else { throw AuthError(.badRequest, .passwordAlreadySet) }
        let change = try await credentials.setPassword(
            try await hasher.hash(password), ofUser: userID, replacing: .none, endsSessions: false, at: settings.now)
        switch change {
        case .changed: break
        case .userGone: throw AuthError(.notFound, .userNotFound)
        case .notCurrent: throw AuthError(.badRequest, .passwordAlreadySet)
        }
    }

    /// Replaces any password the user had. Sessions end as after a reset.
    func replace(_ password: String, userID: String) async throws {
        try hasher.check(password)
        guard try await users.find(id: userID) != nil else { throw AuthError(.notFound, .userNotFound) }
        let change = try await credentials.setPassword(
            try await hasher.hash(password), ofUser: userID, replacing: .anything, endsSessions: endsSessions, at: settings.now)
        guard case .changed = change else { throw AuthError(.notFound, .userNotFound) }
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

    /// Uses up the token, and every other mailed token of the user, and sets the password.
    func reset(to new: String, token: String) async throws {
        try hasher.check(new)
        let identifier = Self.resetPrefix + token
        guard let row = try await verifications.find(identifier, at: settings.now), row.expiresAt > settings.now else {
            throw AuthError(.badRequest, .invalidToken)
        }
        let userID = row.value
        guard try await users.find(id: userID) != nil else {
            _ = try await verifications.consume(identifier, at: settings.now)
            throw AuthError(.badRequest, .userNotFound)
        }
        let reset = try await credentials.resetPassword(
            try await hasher.hash(new), ofUser: userID, token: identifier, endsSessions: endsSessions,
            attachments: try await keys.deletions(ofUser: userID), at: settings.now)
        guard reset != nil else { throw AuthError(.badRequest, .invalidToken) }
        await sessions.events.record(.passwordReset, subject: userID)
    }
}
