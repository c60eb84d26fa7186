import PostgresClient
import Primitives
import TypedSQL

/// Statements over `verification`: secrets sent to an address, each good once.
struct VerificationStore: Sendable {
    let database: PostgresPool

    func create(_ identifier: String, value: String, expiresAt: Timestamp, at now: Timestamp) async throws {
        _ = try await database.batch(
            Verification.insert(
                .init(id: Identifiers.row(), identifier: identifier, value: value, expiresAt: expiresAt, createdAt: now, updatedAt: now)),
            Verification.delete().where { $0.expiresAt < now })
    }

    /// What `create` does, as durable and as slow, with nothing left of it: an answer's time must not tell whether a secret was made.
    func pretend(_ identifier: String, at now: Timestamp) async throws {
        try await create(identifier, value: "", expiresAt: now - .seconds(1), at: now)
    }

    /// The newest row of the identifier, expired or not. What has expired is cleared away with every look.
    func find(_ identifier: String, at now: Timestamp) async throws -> Verification? {
        let found = try await database.first(
            Verification.from().where { $0.identifier == identifier }.orderBy { $0.createdAt.desc }.limit(1))
        try await database.run(Verification.delete().where { $0.expiresAt < now })
        return found
    }

    /// How the identifiers of tokens begin that are mailed to a user and whose value is the user's id.
    enum Prefix {
        static let reset = "reset-password:"
        static let email = "email-token:"
        static let deletion = "delete-account-"
        static let all = [reset, email, deletion]
    }

    /// The deletion of every mailed token of a user: what proves a user changes, and with it the tokens end.
    static func withdrawals(ofUser user: String) -> [SQL] {
        Prefix.all.map { prefix in Verification.delete().where { $0.value == user && $0.identifier.starts(with: prefix) }.sql }
    }

    /// Takes the identifier's newest value and deletes all its rows; nil when there is none, it has expired, or another caller was first.
    func consume(_ identifier: String, at now: Timestamp) async throws -> String? {
        // One statement: whoever deletes a row is the only one to be told of it.
        let taken = try await database.all(Verification.delete().where { $0.identifier == identifier }.returning())
        guard let newest = taken.max(by: { $0.createdAt < $1.createdAt }), newest.expiresAt > now else { return nil }
        return newest.value
    }
}
