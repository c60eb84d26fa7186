import PostgresClient
import Primitives
import TypedSQL

/// Statements over `user`.
struct UserStore: Sendable {
    let database: PostgresPool

    func find(id: String) async throws -> AuthUser? {
        try await database.first(AuthUser.from().where { $0.id == id })
    }

    func find(email: String) async throws -> AuthUser? {
        try await database.first(AuthUser.from().where { $0.email == email.lowercased() })
    }

    func exists(email: String) async throws -> Bool {
        try await database.exists(AuthUser.from().where { $0.email == email })
    }

    /// Lifts a ban that has run out; nil when the user is gone.
    func liftBan(id: String, at now: Timestamp) async throws -> AuthUser? {
        try await database.first(
            AuthUser.update { user in
                user.banned.set(false)
                user.banReason.set(nil)
                user.banExpires.set(nil)
                user.updatedAt.set(now)
            }.where { $0.id == id && $0.banExpires < now }.returning())
    }

    /// Replaces the comma-joined roles; nil when there is no such user.
    func setRole(_ role: String, id: String, at now: Timestamp) async throws -> AuthUser? {
        try await database.first(
            AuthUser.update { user in
                user.role.set(role)
                user.updatedAt.set(now)
            }.where { $0.id == id }.returning())
    }
}
