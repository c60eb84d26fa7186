import JSON
import Primitives

/// Deletes users, at their own wish.
struct Deletion: Sendable {
    let settings: AuthSettings
    let users: UserStore
    let keys: APIKeys
    let verifications: VerificationStore
    let letters: Letters
    let events: AuthEvents

    private static let prefix = VerificationStore.Prefix.deletion

    var isEnabled: Bool { settings.configuration.deleteUser.isEnabled }
    var asksByMail: Bool { settings.configuration.deleteUser.verifiesByMail && letters.canSend }

    /// - Throws: ``AuthError`` with `ONLY_OWNER_OF_AN_ORGANIZATION`, naming the organizations that would be left to nobody.
    func delete(_ session: AuthSession) async throws {
        let hooks = settings.configuration.hooks
        try await hooks.beforeDeleteUser?(session.user)
        let left = try await users.delete(
            id: session.user.id, unlessOnlyOwnerIn: settings.configuration.organizations.creatorRole,
            and: try await keys.deletions(ofUser: session.user.id))
        guard left.isEmpty else {
            let organizations = left.map { JSONValue.object(["id": .string($0.id), "name": .string($0.name), "slug": .string($0.slug)]) }
            throw AuthError(.badRequest, .onlyOwnerOfAnOrganization, extra: ["organizations": .array(organizations)])
        }
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
