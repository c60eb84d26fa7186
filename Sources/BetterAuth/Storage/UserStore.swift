import PostgresClient
import Primitives

/// Statements over `user`.
struct UserStore: Sendable {
    let database: PostgresPool

    /// The columns that ``read(_:)`` expects, of a table or alias `u`.
    static let columns: SQL = """
        u."id", u."name", u."email", u."emailVerified", u."image", u."createdAt", u."updatedAt", u."role", u."banned", u."banReason",
        u."banExpires", u."twoFactorEnabled"
        """

    static func read(_ row: inout RowReader) throws -> AuthUser {
        AuthUser(
            id: try row.next(), name: try row.next(), email: try row.next(), emailVerified: try row.next(), image: try row.next(),
            createdAt: try row.next(), updatedAt: try row.next(), role: try row.next(), banned: try row.next(), banReason: try row.next(),
            banExpires: try row.next(), twoFactorEnabled: try row.next()
        )
    }

    static func insertion(of user: AuthUser) -> SQL {
        """
        insert into "user" ("id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt", "role", "banned", "banReason",
            "banExpires", "twoFactorEnabled")
        values (\(user.id), \(user.name), \(user.email), \(user.emailVerified), \(user.image), \(user.createdAt), \(user.updatedAt),
            \(user.role), \(user.banned), \(user.banReason), \(user.banExpires), \(user.twoFactorEnabled))
        """
    }

    func find(id: String) async throws -> AuthUser? {
        try await first("select \(Self.columns) from \"user\" u where u.\"id\" = \(id)")
    }

    func find(email: String) async throws -> AuthUser? {
        try await first("select \(Self.columns) from \"user\" u where u.\"email\" = \(email.lowercased())")
    }

    func exists(email: String) async throws -> Bool {
        try await !database.query("select 1 from \"user\" where \"email\" = \(email)").isEmpty
    }

    /// Lifts a ban that has run out; nil when the user is gone.
    func liftBan(id: String, at now: Timestamp) async throws -> AuthUser? {
        try await first(
            """
            update "user" u set "banned" = false, "banReason" = null, "banExpires" = null, "updatedAt" = \(now)
            where u."id" = \(id) and u."banExpires" < \(now) returning \(Self.columns)
            """)
    }

    /// Replaces the comma-joined roles; nil when there is no such user.
    func setRole(_ role: String, id: String, at now: Timestamp) async throws -> AuthUser? {
        try await first(
            "update \"user\" u set \"role\" = \(role), \"updatedAt\" = \(now) where u.\"id\" = \(id) returning \(Self.columns)")
    }

    private func first(_ sql: SQL) async throws -> AuthUser? {
        guard let row = try await database.query(sql).first else { return nil }
        var reader = RowReader(row)
        return try Self.read(&reader)
    }
}
