import PostgresClient
import Primitives
import Synchronization
import TypedSQL

/// Statements over `account`: how a user proves to be that user.
final class AccountStore: Sendable {
    private let database: PostgresPool
    private let issuerColumn = Mutex<Bool?>(nil)

    init(database: PostgresPool) { self.database = database }

    static let credentialProvider = "credential"

    /// The insertion of a password account.
    func insertion(id: String, user: String, passwordHash: String, at now: Timestamp) async throws -> SQL {
        // Databases made by better-auth 1.7.0 to 1.7.2 demand an issuer, no other version has the column.
        if try await hasIssuerColumn() {
            return AccountWithIssuer.insert(
                .init(
                    id: id, accountID: user, providerID: Self.credentialProvider, userID: user, issuer: "local:credential",
                    password: passwordHash, createdAt: now, updatedAt: now)
            ).sql
        }
        return Account.insert(
            .init(
                id: id, accountID: user, providerID: Self.credentialProvider, userID: user, password: passwordHash, createdAt: now,
                updatedAt: now)
        ).sql
    }

    /// The user of an address with the hash of the password, if there is one.
    func credentials(email: String) async throws -> (user: AuthUser, passwordHash: String?)? {
        let query = AuthUser.from()
            .leftJoin(Account.self) { user, account in account.userID == user.id && account.providerID == Self.credentialProvider }
            .where { user, _ in user.email == email }
            .orderBy { _, account in
                account.password.isNull()
                account.createdAt
            }
            .select { user, account in (user, account.password) }
        return try await database.first(query).map { (user: $0.0, passwordHash: $0.1) }
    }

    /// The password's hash; nil without an account of that kind, or one without a password.
    func passwordHash(ofUser user: String) async throws -> String? {
        try await database.all(
            Account.from().where { $0.userID == user && $0.providerID == Self.credentialProvider }
                .orderBy { $0.createdAt }.select { $0.password }
        ).compactMap(\.self).first
    }

    /// A user's ways to sign in, the oldest first.
    func all(ofUser user: String) async throws -> [AccountSummary] {
        let query = Account.from().where { $0.userID == user }.orderBy {
            $0.createdAt
            $0.id
        }
        return try await database.all(
            query.select { ($0.id, $0.providerID, $0.accountID, $0.userID, $0.createdAt, $0.updatedAt, $0.scope) }
        ).map { id, provider, account, user, created, updated, scope in
            AccountSummary(
                id: id, providerID: provider, accountID: account, userID: user, createdAt: created, updatedAt: updated, scope: scope)
        }
    }

    /// What a provider gave for one of a user's accounts; nil when the user has no such account.
    func tokens(ofAccount id: String, user: String) async throws -> ProviderTokens? {
        let query = Account.from().where { $0.id == id && $0.userID == user }.select {
            ($0.providerID, $0.accessToken, $0.refreshToken, $0.idToken, $0.accessTokenExpiresAt, $0.scope)
        }
        return try await database.first(query).map { provider, access, refresh, id, expiry, scope in
            ProviderTokens(
                providerID: provider, accessToken: access, refreshToken: refresh, idToken: id, accessTokenExpiresAt: expiry, scope: scope)
        }
    }

    enum Unlinking { case unlinked, lastOne, notFound }

    /// Deletes one of a user's accounts, unless it is the last: two at once cannot delete both.
    func unlink(_ id: String, ofUser user: String) async throws -> Unlinking {
        try await database.withTransaction { transaction in
            let ids = try await transaction.all(Account.from().where { $0.userID == user }.select { $0.id }.lock(.update))
            guard ids.count > 1 else { return .lastOne }
            guard ids.contains(id) else { return .notFound }
            try await transaction.run(Account.delete().where { $0.id == id })
            return .unlinked
        }
    }

    private func hasIssuerColumn() async throws -> Bool {
        if let known = issuerColumn.withLock({ $0 }) { return known }
        // By hand: PostgreSQL's catalog is no table of ours.
        let columns = try await database.query(
            """
            select 1 from pg_attribute
            where attrelid = to_regclass('"account"') and attname = 'issuer' and not attisdropped
            """)
        let found = !columns.isEmpty
        issuerColumn.withLock { $0 = found }
        return found
    }
}

/// What another provider gave for an account.
struct ProviderTokens: Sendable {
    var providerID: String
    var accessToken: String?
    var refreshToken: String?
    var idToken: String?
    var accessTokenExpiresAt: Timestamp?
    /// Comma-joined.
    var scope: String?
}

/// What a user may see of a way to sign in.
struct AccountSummary: Sendable {
    var id: String
    var providerID: String
    var accountID: String
    var userID: String
    var createdAt: Timestamp
    var updatedAt: Timestamp
    /// Comma-joined.
    var scope: String?
}
