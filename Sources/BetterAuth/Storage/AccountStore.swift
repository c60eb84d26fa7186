import PostgresClient
import Primitives
import Synchronization

/// Statements over `account`: how a user proves to be that user.
final class AccountStore: Sendable {
    private let database: PostgresPool
    private let issuerColumn = Mutex<Bool?>(nil)

    init(database: PostgresPool) { self.database = database }

    static let credentialProvider = "credential"

    /// The insertion of a password account.
    func insertion(id: String, user: String, passwordHash: String, at now: Timestamp) async throws -> SQL {
        // Databases made by better-auth 1.7.0 to 1.7.2 demand an issuer, no other version has the column.
        let hasIssuer = try await hasIssuerColumn()
        let column: SQL = hasIssuer ? ", \"issuer\"" : ""
        let value: SQL = hasIssuer ? ", 'local:credential'" : ""
        return """
            insert into "account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt"\(column))
            values (\(id), \(user), \(Self.credentialProvider), \(user), \(passwordHash), \(now), \(now)\(value))
            """
    }

    /// The user of an address with the hash of the password, if there is one.
    func credentials(email: String) async throws -> (user: AuthUser, passwordHash: String?)? {
        let rows = try await database.query(
            """
            select \(UserStore.columns), a."password"
            from "user" u left join "account" a on a."userId" = u."id" and a."providerId" = \(Self.credentialProvider)
            where u."email" = \(email)
            order by (a."password" is null), a."createdAt" limit 1
            """)
        guard let row = rows.first else { return nil }
        var reader = RowReader(row)
        return (try UserStore.read(&reader), try reader.next(String?.self))
    }

    private func hasIssuerColumn() async throws -> Bool {
        if let known = issuerColumn.withLock({ $0 }) { return known }
        let rows = try await database.query(
            """
            select 1 from pg_attribute
            where attrelid = to_regclass('"account"') and attname = 'issuer' and not attisdropped
            """)
        let found = !rows.isEmpty
        issuerColumn.withLock { $0 = found }
        return found
    }
}
