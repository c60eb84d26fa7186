import JSON
import PostgresClient
import Primitives
import TypedSQL

/// Administration of users by users whose role allows it.
struct Administration: Sendable {
    let settings: AuthSettings
    let users: UserStore
    let sessions: SessionService
    let keys: APIKeys
    let signUp: SignUp
    let passwords: Passwords
    let events: AuthEvents

    var rules: AdminConfiguration { settings.configuration.admin }

    func allows(_ request: Permissions, _ user: AuthUser) -> Bool {
        if rules.adminUserIDs.contains(user.id) { return true }
        let role = user.role.flatMap { $0.isEmpty ? nil : $0 } ?? settings.configuration.defaultUserRole
        return rules.access.allows(role: role, request)
    }

    /// - Throws: 403 with that code for a user whose role does not grant the action.
    func require(_ action: String, on resource: String = "user", _ session: AuthSession, else code: AuthErrorCode) throws(AuthError) {
        guard allows([resource: [action]], session.user) else { throw AuthError(.forbidden, code) }
    }

    func find(_ id: String) async throws -> AuthUser {
        guard let user = try await users.find(id: id) else { throw AuthError(.notFound, .userNotFound) }
        return user
    }

    /// Roles that exist, comma-joined. Only a server with roles of its own can tell which exist.
    func joined(_ roles: [String]) throws(AuthError) -> String {
        guard roles.allSatisfy({ rules.access.roles[$0] != nil }) else {
            throw AuthError(.badRequest, .youAreNotAllowedToSetNonExistentValue)
        }
        return roles.joined(separator: ",")
    }

    func setRole(_ roles: [String], of id: String, by session: AuthSession) async throws -> AuthUser {
        let role = try joined(roles)
        guard let user = try await users.setRole(role, id: id, at: settings.now) else { throw AuthError(.notFound, .userNotFound) }
        await events.record(.userRoleChanged, actor: session, subject: id)
        return user
    }

    /// Bans a user and ends all sessions of theirs.
    func ban(_ id: String, reason: String?, lasts: Duration?, by session: AuthSession) async throws -> AuthUser {
        guard try await users.find(id: id) != nil else { throw AuthError(.notFound, .userNotFound) }
        guard id != session.user.id else { throw AuthError(.badRequest, .youCannotBanYourself) }
        let now = settings.now
        let until = (lasts ?? rules.defaultBanLasts).map { now + $0 }
        guard let user = try await users.setBan(true, reason: reason ?? rules.defaultBanReason, until: until, id: id, at: now) else {
            throw AuthError(.notFound, .userNotFound)
        }
        await events.record(.userBanned, actor: session, subject: id)
        return user
    }

    func unban(_ id: String, by session: AuthSession) async throws -> AuthUser {
        guard let user = try await users.setBan(false, reason: nil, until: nil, id: id, at: settings.now) else {
            throw AuthError(.notFound, .userNotFound)
        }
        await events.record(.userUnbanned, actor: session, subject: id)
        return user
    }

    func remove(_ id: String, by session: AuthSession) async throws {
        guard id != session.user.id else { throw AuthError(.badRequest, .youCannotRemoveYourself) }
        guard try await users.delete(id: id, and: try await keys.deletions(ofUser: id)) else { throw AuthError(.notFound, .userNotFound) }
        await events.record(.userDeleted, actor: session, subject: id)
    }

    /// Begins a session as another user, short and never refreshed.
    func impersonate(_ id: String, by session: AuthSession, from origin: SessionService.Origin) async throws -> AuthSession {
        let target = try await find(id)
        guard !target.isBanned(at: settings.now) else {
            throw AuthError(.forbidden, .bannedUser, message: rules.bannedMessage)
        }
        if isAdmin(target), !rules.allowsImpersonatingAdmins, !allows(["user": ["impersonate-admins"]], session.user) {
            throw AuthError(.forbidden, .youCannotImpersonateAdmins)
        }
        let now = settings.now
        let record = AuthSessionRecord(
            id: Identifiers.row(), token: Identifiers.sessionToken(), userID: target.id, expiresAt: now + rules.impersonationLasts,
            createdAt: now, updatedAt: now, ipAddress: origin.address ?? "", userAgent: origin.userAgent ?? "",
            impersonatedBy: session.user.id)
        try await sessions.insert(record, judged: .init(email: target.email), else: .failedToCreateSession)
        await events.record(.impersonationStarted, actor: session, subject: target.id)
        return sessions.found(target, record)
    }

    /// Ends an impersonation.
    ///
    /// - Parameter adminToken: Of the administrator's own session.
    /// - Returns: That session; nil when it is not named, as by bearer, or has ended. The impersonation has ended in any case.
    func stopImpersonating(_ session: AuthSession, adminToken: String?) async throws -> AuthSession? {
        guard let admin = session.session.impersonatedBy else {
            throw AuthError.uncoded(.badRequest, "You are not impersonating anyone")
        }
        try await sessions.end(token: session.session.token)
        var own: AuthSession?
        if let adminToken { own = try await sessions.find(token: adminToken) }
        if own?.user.id != admin { own = nil }
        await events.record(.impersonationStopped, actor: own ?? session, subject: session.user.id)
        return own
    }

    private func isAdmin(_ user: AuthUser) -> Bool {
        rules.adminUserIDs.contains(user.id) || user.roles.contains(where: rules.adminRoles.contains)
    }
}
