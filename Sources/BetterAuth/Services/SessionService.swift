import PostgresClient
import Primitives

/// The life of sessions: made, found, refreshed, ended.
struct SessionService: Sendable {
    let settings: AuthSettings
    let store: SessionStore

    /// Where a sign-in came from, as far as known.
    struct Origin: Sendable {
        var address: String?
        var userAgent: String?
    }

    /// A new session, not yet stored. One that is not remembered ends after a day at the latest.
    func make(for user: String, remember: Bool, from origin: Origin) -> AuthSessionRecord {
        let now = settings.now
        return AuthSessionRecord(
            id: Identifiers.row(), token: Identifiers.sessionToken(), userID: user,
            expiresAt: now + (remember ? settings.configuration.session.expiresIn : .seconds(86400)), createdAt: now, updatedAt: now,
            ipAddress: origin.address ?? "", userAgent: origin.userAgent ?? ""
        )
    }

    /// The unexpired session of a token. An expired one is deleted.
    func find(token: String) async throws -> AuthSession? {
        guard let found = try await store.find(token: token) else { return nil }
        guard found.session.expiresAt > settings.now else {
            try await store.delete(token: token)
            return nil
        }
        return found
    }

    /// Whether a session has gone unrefreshed for longer than the update age.
    func isRefreshDue(_ session: AuthSessionRecord) -> Bool {
        let lifetime = settings.configuration.session
        return lifetime.refreshes && session.expiresAt - lifetime.expiresIn + lifetime.updateAge <= settings.now
    }

    /// The session with a new full life; nil when it was revoked meanwhile.
    func refresh(_ session: AuthSessionRecord) async throws -> AuthSessionRecord? {
        let now = settings.now
        return try await store.refresh(id: session.id, expiresAt: now + settings.configuration.session.expiresIn, at: now)
    }

    func end(token: String) async throws { try await store.delete(token: token) }
}
