import Primitives

/// Deletes users, at their own wish.
struct Deletion: Sendable {
    let settings: AuthSettings
    let users: UserStore
    let verifications: VerificationStore
    let letters: Letters
    let events: AuthEvents

    private static let prefix = "delete-account-"

    var isEnabled: Bool { settings.configuration.deleteUser.isEnabled }
    var asksByMail: Bool { settings.configuration.deleteUser.verifiesByMail && letters.canSend }

    func delete(_ session: AuthSession) async throws {
        let hooks = settings.configuration.hooks
        try await hooks.beforeDeleteUser?(session.user)
        _ = try await users.delete(id: session.user.id)
        await events.record(.userDeleted, actor: session)
        if let hook = hooks.afterDeleteUser { await events.after("afterDeleteUser") { try await hook(session.user) } }
    }

    func ask(_ user: AuthUser, callback: String?) async throws {
        let now = settings.now
        let token = Identifiers.deletionToken()
        try await verifications.create(
            Self.prefix + token, value: user.id, expiresAt: now + settings.configuration.deleteUser.expiresIn, at: now)
        let target = PercentEncoding.encodeComponent(callback ?? "/")
        await letters.post(
            .deleteAccount(user, url: "\(settings.baseURL)/delete-user/callback?token=\(token)&callbackURL=\(target)", token: token))
    }

    /// Uses up the token, also when it is another user's, and deletes the signed-in user.
    func confirm(_ token: String, by session: AuthSession) async throws {
        guard try await verifications.consume(Self.prefix + token, at: settings.now) == session.user.id else {
            throw AuthError(.notFound, .invalidToken)
        }
        try await delete(session)
    }
}
