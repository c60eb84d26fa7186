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
