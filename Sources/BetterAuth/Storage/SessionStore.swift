import PostgresClient
import Primitives
import TypedSQL

/// Statements over `session`.
struct SessionStore: Sendable {
    let database: PostgresPool

    /// Asked with every request of a signed-in user.
    private static let byToken = Prepared(String.self) { token in
        AuthSessionRecord.from().join(AuthUser.self) { session, user in user.id == session.userID }
            .where { session, _ in session.token == token }
    }

    /// Makes the organization the session's active one, or none.
    static func activation(of organization: String?, in session: String) -> some Statement {
        AuthSessionRecord.update { $0.activeOrganizationID.set(organization) }.where { $0.id == session }
    }

    /// The session of a token with its user, expired or not, in one query.
    func find(token: String) async throws -> AuthSession? {
        try await database.run(Self.byToken(token)).first.map { session, user in AuthSession(user: user, session: session) }
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

    func delete(token: String) async throws {
        try await database.run(AuthSessionRecord.delete().where { $0.token == token })
    }
}
