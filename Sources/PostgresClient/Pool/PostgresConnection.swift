extension PostgresPool {
    /// Lends `body` a connection of its own, for what lives in a session: advisory locks, settings, temporary tables, explicit
    /// transactions. Taken with its first statement; afterwards an open transaction is rolled back, settings, session locks and temporary
    /// objects are dropped, and only then does this return.
    public func withConnection<R>(_ body: (PostgresConnection) async throws -> R) async throws -> R {
        let session = LeasedSession(pool: self, opening: [])
        let value: R
        do {
            value = try await body(PostgresConnection(session: session))
        } catch {
            _ = try? await session.end(with: .reset)  // a connection that cannot be reset is closed
            throw error
        }
        // The same holds here: the caller's work is done, and what could not be reset is gone with the connection.
        _ = try? await session.end(with: .reset)
        return value
    }

    /// Runs many statements separated by semicolons, without parameters or results, on a connection of its own. Unless the text says
    /// BEGIN and COMMIT itself, they are one transaction: the first that fails undoes all.
    public func executeScript(_ text: String) async throws(PostgresError) {
        let session = LeasedSession(pool: self, opening: [])
        do throws(PostgresError) {
            try await session.executeScript(text)
        } catch {
            _ = try? await session.end(with: .reset)
            throw error
        }
        _ = try? await session.end(with: .reset)
    }
}

/// A connection lent to the closure of ``PostgresPool/withConnection(_:)``. Each statement is a transaction of its own unless BEGIN was sent.
public final class PostgresConnection: PostgresQueryable {
    private let session: LeasedSession

    init(session: LeasedSession) { self.session = session }

    public func query(_ sql: SQL) async throws(PostgresError) -> PostgresRows {
        try PostgresRows(first: try await session.perform([sql]))
    }

    @discardableResult
    public func execute(_ sql: SQL) async throws(PostgresError) -> Int { try await query(sql).affected }

    @discardableResult
    public func batch(_ statements: [SQL]) async throws(PostgresError) -> [PostgresRows] {
        try await session.perform(statements).map(PostgresRows.init)
    }

    /// Runs many statements separated by semicolons, without parameters or results. Unless the text says BEGIN and COMMIT itself, they are one
    /// transaction.
    public func executeScript(_ text: String) async throws(PostgresError) { try await session.executeScript(text) }
}
