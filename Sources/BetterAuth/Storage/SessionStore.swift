import PostgresClient
import Primitives
import TypedAPI
import TypedSQL

/// Statements over `session`.
struct SessionStore: Sendable {
    let database: PostgresPool
    /// Whether sessions have a team.
    let hasTeams: Bool

    /// Asked with every request of a signed-in user.
    private static let byToken = Prepared(String.self) { token in
        AuthSessionRecord.from().join(AuthUser.self) { session, user in user.id == session.userID }
            .where { session, _ in session.token == token }
    }

    private static let byTokenWithTeam = Prepared(String.self) { token in
        AuthSessionRecord.from().join(AuthUser.self) { session, user in user.id == session.userID }
            .join(SessionTeam.self) { session, _, team in team.id == session.id }
            .where { session, _, _ in session.token == token }
            .select { session, user, team in (session, user, team.activeTeamID) }
    }

    /// Makes the organization the session's active one, or none.
    static func activation(of organization: String?, in session: String) -> some Statement {
        AuthSessionRecord.update { $0.activeOrganizationID.set(organization) }.where { $0.id == session }
    }

    /// The session of a token with its user, expired or not, in one query.
    func find(token: String) async throws -> AuthSession? {
        if hasTeams {
            return try await database.run(Self.byTokenWithTeam(token)).first.map { session, user, team in
                AuthSession(user: user, session: session, activeTeam: team.map { .value($0) } ?? .null)
            }
        }
        return try await database.run(Self.byToken(token)).first.map { session, user in AuthSession(user: user, session: session) }
    }

    /// The user's sessions that have not run out, the newest first; those an admin began are left out unless wanted.
    func all(ofUser user: String, impersonated: Bool, at now: Timestamp) async throws -> [(AuthSessionRecord, Patch<String>)] {
        let query = AuthSessionRecord.from().where { session in
            session.userID == user
            session.expiresAt > now
            if !impersonated { session.impersonatedBy.isNull() }
        }.orderBy { $0.createdAt.desc }.limit(1000)
        guard hasTeams else { return try await database.all(query).map { ($0, .absent) } }
        return try await database.all(query.join(SessionTeam.self) { session, team in team.id == session.id }).map { session, team in
            (session, team.activeTeamID.map { .value($0) } ?? .null)
        }
    }

    /// What was judged before a session begins, and must still hold when it is stored.
    struct Judged: Sendable {
        var email: String
        /// The hash that a password was compared with; nil where no password was.
        var passwordHash: String?
    }

    enum Insertion: Sendable {
        case stored
        case banned
        /// The user is gone, or has another address or password by now.
        case changed
    }

    /// Stores a session if what was judged still holds.
    ///
    /// The user's row is locked until the session is stored: a change of password, a ban or a revocation at the same moment comes either
    /// before, and is noticed here, or after, and ends the session.
    func insert(_ session: AuthSessionRecord, judged: Judged, at now: Timestamp) async throws -> Insertion {
        try await database.withTransaction { transaction in
            let query = AuthUser.from().where { $0.id == session.userID }.lock(.share)
            guard let user = try await transaction.first(query) else { return .changed }
            guard !user.isBanned(at: now) else { return .banned }
            guard user.email == judged.email else { return .changed }
            if let hash = judged.passwordHash {
                let hashes = try await transaction.all(
                    Account.from().where { $0.userID == session.userID && $0.providerID == AccountStore.credentialProvider }
                        .orderBy { $0.createdAt }.select { $0.password }.lock(.share))
                guard hashes.compactMap(\.self).first == hash else { return .changed }
            }
            if let admin = session.impersonatedBy {
                let query = AuthUser.from().where { $0.id == admin }.lock(.share)
                guard let admin = try await transaction.first(query), !admin.isBanned(at: now) else { return .changed }
            }
            try await transaction.run(AuthSessionRecord.insert(session.draft))
            return .stored
        }
    }

    /// Prolongs a session; nil when it is gone.
    func refresh(id: String, expiresAt: Timestamp, at now: Timestamp) async throws -> AuthSessionRecord? {
        try await database.first(
            AuthSessionRecord.update { session in
                session.expiresAt.set(expiresAt)
                session.updatedAt.set(now)
            }.where { $0.id == id }.returning())
    }

    func activate(organization: String?, in session: String) async throws {
        _ = try await database.run(Self.activation(of: organization, in: session))
    }

    func activate(team: String?, in session: String) async throws {
        try await database.run(SessionTeam.update { $0.activeTeamID.set(team) }.where { $0.id == session })
    }

    func delete(token: String) async throws {
        try await database.run(AuthSessionRecord.delete().where { $0.token == token })
    }

    /// Whether there was one; only of that user.
    func delete(token: String, ofUser user: String) async throws -> Bool {
        try await database.run(AuthSessionRecord.delete().where { $0.token == token && $0.userID == user }) > 0
    }

    /// The deletion of a user's sessions, except one, and of those that the user began as an administrator.
    static func deletions(ofUser user: String, except token: String? = nil) -> [SQL] {
        let own = AuthSessionRecord.delete().where { session in
            session.userID == user
            if let token { session.token != token }
        }
        let impersonations = AuthSessionRecord.delete().where { session in
            session.impersonatedBy == user
            if let token { session.token != token }
        }
        return [own.sql, impersonations.sql]
    }
}
