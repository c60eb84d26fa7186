/// What statements can be run on: a pool, a transaction, or a connection of one's own.
public protocol PostgresQueryable: Sendable {
    /// Runs one statement and returns its rows.
    func query(_ sql: SQL) async throws(PostgresError) -> PostgresRows

    /// Runs one statement and returns how many rows it affected.
    @discardableResult
    func execute(_ sql: SQL) async throws(PostgresError) -> Int

    /// Runs several statements in one flight: sent together, answered together. Outside a transaction they are one: the first that
    /// fails undoes those before it and skips those after it.
    @discardableResult
    func batch(_ statements: [SQL]) async throws(PostgresError) -> [PostgresRows]
}
