import PostgresClient
import Primitives
import TypedAPI

/// The life of sessions: begun, found, refreshed, ended.
struct SessionService: Sendable {
    let settings: AuthSettings
    let store: SessionStore
    let users: UserStore
    let credentials: CredentialStore
    let events: AuthEvents

    /// Where a sign-in came from, as far as known.
    struct Origin: Sendable {
        var address: String?
        var userAgent: String?
    }

    /// A new session, not yet stored. One that is not remembered ends after a day at the latest.
    func make(for user: AuthUser, remember: Bool, from origin: Origin) async throws -> AuthSessionRecord {
        let now = settings.now
        var session = AuthSessionRecord(
            id: Identifiers.row(), token: Identifiers.sessionToken(), userID: user.id,
            expiresAt: now + (remember ? settings.configuration.session.expiresIn : .seconds(86400)), createdAt: now, updatedAt: now,
            ipAddress: origin.address ?? "", userAgent: origin.userAgent.map { String($0.prefix(1000)) } ?? ""
        )
        try await settings.configuration.hooks.prepareSession?(user, &session)
        return session
    }

    /// Begins a session, unless the user is banned. A ban that has run out is lifted.
    ///
    /// - Parameter passwordHash: What a password was just compared with.
    /// - Throws: ``AuthError`` with 403 `BANNED_USER`, and 401 when the user's address or password changed meanwhile.
    func begin(
        for user: AuthUser, provenBy passwordHash: String? = nil, remember: Bool, from origin: Origin
    ) async throws -> AuthSession {
        let admitted = try await admit(user)
        try await settings.configuration.hooks.beforeSession?(admitted)
        let session = try await make(for: admitted, remember: remember, from: origin)
        let judged = SessionStore.Judged(email: admitted.email, passwordHash: passwordHash)
        try await insert(session, judged: judged, else: passwordHash == nil ? .failedToCreateSession : .invalidEmailOrPassword)
        return found(admitted, session)
    }

    /// - Throws: ``AuthError`` with 403 `BANNED_USER`, and 401 with `code` when what was judged no longer holds.
    func insert(_ session: AuthSessionRecord, judged: SessionStore.Judged, else code: AuthErrorCode) async throws {
        switch try await store.insert(session, judged: judged, at: settings.now) {
        case .stored: return
        case .banned: throw AuthError(.forbidden, .bannedUser, message: settings.configuration.admin.bannedMessage)
        case .changed: throw AuthError(.unauthorized, code)
        }
    }

    /// A session that was just stored; it has no team yet.
    func found(_ user: AuthUser, _ session: AuthSessionRecord) -> AuthSession {
        AuthSession(user: user, session: session, activeTeam: store.hasTeams ? .null : .absent)
    }

    /// Refuses a banned user, and lifts a ban that has run out.
    private func admit(_ user: AuthUser) async throws -> AuthUser {
        guard user.banned == true else { return user }
        guard let until = user.banExpires, until < settings.now, let freed = try await users.liftBan(id: user.id, at: settings.now)
        else { throw AuthError(.forbidden, .bannedUser, message: settings.configuration.admin.bannedMessage) }
        return freed
    }

    /// The unexpired session of a token, unless its user is banned. An expired one is deleted.
    func find(token: String) async throws -> AuthSession? {
        guard let found = try await store.find(token: token), !found.user.isBanned(at: settings.now) else { return nil }
        guard found.session.expiresAt > settings.now else {
            try await store.delete(token: token)
            return nil
        }
        return found
    }

    /// Whether a session has gone unrefreshed for longer than the update age. One that an admin began is never refreshed.
    func isRefreshDue(_ session: AuthSessionRecord) -> Bool {
        let lifetime = settings.configuration.session
        return lifetime.refreshes && session.impersonatedBy == nil
            && session.expiresAt - lifetime.expiresIn + lifetime.updateAge <= settings.now
    }

    /// The session with a new full life; nil when it was revoked meanwhile.
    func refresh(_ session: AuthSessionRecord) async throws -> AuthSessionRecord? {
        let now = settings.now
        return try await store.refresh(id: session.id, expiresAt: now + settings.configuration.session.expiresIn, at: now)
    }

    /// Whether a session was begun lately enough for what asks for a fresh one.
    func isFresh(_ session: AuthSessionRecord) -> Bool {
        let age = settings.configuration.session.freshAge
        return age == .zero || settings.now - session.createdAt < age
    }

    func end(token: String) async throws { try await store.delete(token: token) }
}
