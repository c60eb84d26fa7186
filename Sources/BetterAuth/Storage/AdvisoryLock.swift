import PostgresClient

// By hand: TypedSQL has no word for PostgreSQL's advisory locks.
extension PostgresTransaction {
    /// Waits until no other transaction makes API keys of that owner, until this one ends: so a count of them stays true.
    func lockKeys(of owner: String) async throws {
        let name = "better-auth.apikey:" + owner
        try await execute("select pg_advisory_xact_lock(hashtextextended(\(name), 0))")
    }
}
