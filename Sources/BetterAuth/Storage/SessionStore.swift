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

    func insert(_ session: AuthSessionRecord) async throws {
        try await database.run(AuthSessionRecord.insert(session.draft))
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

    /// All of a user's sessions, except one.
    func delete(ofUser user: String, except token: String? = nil) async throws {
        try await database.run(
            AuthSessionRecord.delete().where { session in
                session.userID == user
                if let token { session.token != token }
            })
    }
}
