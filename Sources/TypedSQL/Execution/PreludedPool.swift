public import PostgresClient

/// A pool whose every statement runs behind another, in its flight and its transaction: for the setting that row-level security reads.
///
///     let tenant = pool.with(prelude: "select set_config('app.organization_id', \(id), true)")
///     let projects = try await tenant.all(Project.from())
public struct PreludedPool: PostgresQueryable {
    public let pool: PostgresPool
    public let prelude: SQL

    public func query(_ sql: SQL) async throws(PostgresError) -> PostgresRows { try await pool.query(sql, prelude: prelude) }

    @discardableResult
    public func execute(_ sql: SQL) async throws(PostgresError) -> Int { try await pool.execute(sql, prelude: prelude) }

    @discardableResult
    public func batch(_ statements: [SQL]) async throws(PostgresError) -> [PostgresRows] {
        try await pool.batch(statements, prelude: prelude)
    }

    /// As `PostgresPool.withTransaction`, with the prelude in its first flight.
    public func withTransaction<R>(
        isolation: PostgresIsolation? = nil, readOnly: Bool = false, attempts: Int = 1, _ body: (PostgresTransaction) async throws -> R
    ) async throws -> R {
        try await pool.withTransaction(isolation: isolation, readOnly: readOnly, prelude: prelude, attempts: attempts, body)
    }
}

extension PostgresPool {
    public func with(prelude: SQL) -> PreludedPool { PreludedPool(pool: self, prelude: prelude) }
}
