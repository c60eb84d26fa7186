import PostgresClient
import Primitives

/// Statements over `session`.
struct SessionStore: Sendable {
    let database: PostgresPool

    static let columns: SQL = """
        s."id", s."token", s."userId", s."expiresAt", s."createdAt", s."updatedAt", s."ipAddress", s."userAgent",
        s."activeOrganizationId", s."impersonatedBy"
        """

    static func read(_ row: inout RowReader) throws -> AuthSessionRecord {
        AuthSessionRecord(
            id: try row.next(), token: try row.next(), userID: try row.next(), expiresAt: try row.next(), createdAt: try row.next(),
            updatedAt: try row.next(), ipAddress: try row.next(), userAgent: try row.next(), activeOrganizationID: try row.next(),
            impersonatedBy: try row.next()
        )
    }

    static func insertion(of session: AuthSessionRecord) -> SQL {
        """
        insert into "session" ("id", "token", "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent",
            "activeOrganizationId", "impersonatedBy")
        values (\(session.id), \(session.token), \(session.userID), \(session.expiresAt), \(session.createdAt), \(session.updatedAt),
            \(session.ipAddress), \(session.userAgent), \(session.activeOrganizationID), \(session.impersonatedBy))
        """
    }

    /// Makes the organization the session's active one, or none.
    static func activation(of organization: String?, in session: String) -> SQL {
        "update \"session\" set \"activeOrganizationId\" = \(organization) where \"id\" = \(session)"
    }

    /// The session of a token with its user, expired or not, in one query.
    func find(token: String) async throws -> AuthSession? {
        let rows = try await database.query(
            """
            select \(Self.columns), \(UserStore.columns)
            from "session" s join "user" u on u."id" = s."userId" where s."token" = \(token)
            """)
        guard let row = rows.first else { return nil }
        var reader = RowReader(row)
        let session = try Self.read(&reader)
        return AuthSession(user: try UserStore.read(&reader), session: session)
    }

    func insert(_ session: AuthSessionRecord) async throws {
        _ = try await database.execute(Self.insertion(of: session))
    }

    /// Prolongs a session; nil when it is gone.
    func refresh(id: String, expiresAt: Timestamp, at now: Timestamp) async throws -> AuthSessionRecord? {
        let rows = try await database.query(
            """
            update "session" s set "expiresAt" = \(expiresAt), "updatedAt" = \(now) where s."id" = \(id) returning \(Self.columns)
            """)
        guard let row = rows.first else { return nil }
        var reader = RowReader(row)
        return try Self.read(&reader)
    }

    func activate(organization: String?, in session: String) async throws {
        _ = try await database.execute(Self.activation(of: organization, in: session))
    }

    func delete(token: String) async throws {
        _ = try await database.execute("delete from \"session\" where \"token\" = \(token)")
    }
}
