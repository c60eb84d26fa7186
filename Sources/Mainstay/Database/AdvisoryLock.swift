import PostgresClient

// By hand: TypedSQL has no word for PostgreSQL's advisory locks.
extension PostgresTransaction {
    /// Waits for the lock of that name and holds it until the transaction ends.
    func lock(_ name: String) async throws {
        try await execute("select pg_advisory_xact_lock(hashtextextended(\(name), 0))")
    }

    /// Takes the lock of that name until the transaction ends, unless another has it.
    func tryLock(_ name: String) async throws -> Bool {
        try await query("select pg_try_advisory_xact_lock(hashtextextended(\(name), 1))").first?.get(0, as: Bool.self) ?? false
    }
}
