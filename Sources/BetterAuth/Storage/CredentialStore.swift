import PostgresClient
import Primitives
import TypedSQL

/// Changes of what proves a user's identity, each in one transaction with the end of what older proofs began.
///
/// Every transaction locks the user's row first. ``SessionStore/insert(_:judged:at:)`` locks it, too, so that a sign-in beside a change
/// either is ended by it or finds that what it judged no longer holds.
struct CredentialStore: Sendable {
    let database: PostgresPool
    let accounts: AccountStore

    enum PasswordChange: Sendable {
        case changed
        /// The user does not exist any more.
        case userGone
        /// The current password is not the one that was expected.
        case notCurrent
    }

    /// The password that a change expects.
    enum Current: Sendable {
        case anything
        case none
        case hash(String)
    }

    /// Sets the password, and makes the account for it where there is none. The user's mailed tokens end.
    ///
    /// - Parameter endsSessions: All of the user's sessions end, too, also those begun by the user as an administrator.
    func setPassword(
        _ hash: String, ofUser user: String, replacing current: Current, endsSessions: Bool, at now: Timestamp
    ) async throws -> PasswordChange {
        let insertion = try await accounts.insertion(id: Identifiers.row(), user: user, passwordHash: hash, at: now)
        return try await database.withTransaction { transaction in
            guard try await Self.lock(user, in: transaction) != nil else { return .userGone }
            let stored = try await Self.passwordHash(ofUser: user, in: transaction)
            switch current {
            case .anything: break
            case .none: guard stored == nil else { return .notCurrent }
            case .hash(let expected): guard stored == expected else { return .notCurrent }
            }
            try await Self.write(hash, ofUser: user, orElse: insertion, at: now, in: transaction)
            _ = try await transaction.batch(
                VerificationStore.withdrawals(ofUser: user) + (endsSessions ? SessionStore.deletions(ofUser: user) : []))
            return .changed
        }
    }

    /// Uses up the mailed token `identifier` and sets the password of its user. The user's other mailed tokens end.
    ///
    /// An account whose address was never verified may have been made by somebody else: its address' owner has just proved the mailbox,
    /// so everything that was attached before ends, and the address is verified.
    /// - Parameter attachments: Deletes what was attached to such an account besides sessions and linked accounts.
    /// - Returns: nil when the token is unknown, used, expired or another user's; then nothing has changed.
    func resetPassword(
        _ hash: String, ofUser user: String, token identifier: String, endsSessions: Bool, attachments: [SQL], at now: Timestamp
    ) async throws -> AuthUser? {
        let insertion = try await accounts.insertion(id: Identifiers.row(), user: user, passwordHash: hash, at: now)
        return try await database.withTransaction { transaction in
            let taken = try await transaction.all(
                Verification.delete().where { $0.identifier == identifier && $0.value == user && $0.expiresAt > now }.returning())
            guard !taken.isEmpty, let found = try await Self.lock(user, in: transaction) else { return nil }
            try await Self.write(hash, ofUser: user, orElse: insertion, at: now, in: transaction)
            let isTakenOver = !found.emailVerified
            if isTakenOver {
                try await transaction.run(
                    AuthUser.update { row in
                        row.emailVerified.set(true)
                        row.twoFactorEnabled.set(false)
                        row.updatedAt.set(now)
                    }.where { $0.id == user })
                try await transaction.run(
                    Account.delete().where { $0.userID == user && $0.providerID != AccountStore.credentialProvider })
                if !attachments.isEmpty { _ = try await transaction.batch(attachments) }
            }
            _ = try await transaction.batch(
                VerificationStore.withdrawals(ofUser: user)
                    + (endsSessions || isTakenOver ? SessionStore.deletions(ofUser: user) : []))
            return found
        }
    }

    /// Replaces an address, if the user still has the old one; nil otherwise. The user's mailed tokens end.
    ///
    /// - Throws: `PostgresError` with a unique violation when the address belongs to another user.
    func changeEmail(ofUser id: String, from old: String, to new: String, verified: Bool, at now: Timestamp) async throws -> AuthUser? {
        try await database.withTransaction { transaction in
            guard let user = try await Self.lock(id, in: transaction), user.email == old else { return nil }
            let changed = try await transaction.first(
                AuthUser.update { row in
                    row.email.set(new)
                    row.emailVerified.set(verified)
                    row.updatedAt.set(now)
                }.where { $0.id == id }.returning())
            _ = try await transaction.batch(VerificationStore.withdrawals(ofUser: id))
            return changed
        }
    }

    /// Ends the user's sessions, except one, and mailed tokens.
    func endSessions(ofUser user: String, except token: String? = nil) async throws {
        try await database.withTransaction { transaction in
            guard try await Self.lock(user, in: transaction) != nil else { return }
            _ = try await transaction.batch(
                SessionStore.deletions(ofUser: user, except: token) + VerificationStore.withdrawals(ofUser: user))
        }
    }

    private static func lock(_ user: String, in transaction: PostgresTransaction) async throws -> AuthUser? {
        try await transaction.first(AuthUser.from().where { $0.id == user }.lock(.noKeyUpdate))
    }

    private static func passwordHash(ofUser user: String, in transaction: PostgresTransaction) async throws -> String? {
        try await transaction.all(
            Account.from().where { $0.userID == user && $0.providerID == AccountStore.credentialProvider }
                .orderBy { $0.createdAt }.select { $0.password }.lock(.update)
        ).compactMap(\.self).first
    }

    private static func write(
        _ hash: String, ofUser user: String, orElse insertion: SQL, at now: Timestamp, in transaction: PostgresTransaction
    ) async throws {
        let changed = try await transaction.run(
            Account.update { account in
                account.password.set(hash)
                account.updatedAt.set(now)
            }.where { $0.userID == user && $0.providerID == AccountStore.credentialProvider })
        if changed == 0 { _ = try await transaction.batch([insertion]) }
    }
}
