import PostgresClient
import Primitives
import Synchronization
import TypedSQL

/// The table `apikey`, in the shape that the database has.
final class APIKeyStore: Sendable {
    private let database: PostgresPool
    private let hasAdditions: Bool
    private let known = Mutex<(any APIKeyRows)?>(nil)

    /// - Parameter hasAdditions: Whether the tables of our own are there.
    init(database: PostgresPool, hasAdditions: Bool) {
        self.database = database
        self.hasAdditions = hasAdditions
    }

    /// The statements for the table's shape, which is looked at once.
    func rows() async throws -> any APIKeyRows {
        if let rows = known.withLock({ $0 }) { return rows }
        let isUserOwned = try await DatabaseShape.read(database).hasUserOwnedKeys
        let rows: any APIKeyRows =
            isUserOwned
            ? APIKeyTableRows<UserOwnedAPIKey>(database, hasAdditions: hasAdditions)
            : APIKeyTableRows<APIKeyRecord>(database, hasAdditions: hasAdditions)
        known.withLock { $0 = rows }
        return rows
    }
}
