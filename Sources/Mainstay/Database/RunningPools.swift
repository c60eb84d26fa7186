import PostgresClient

/// Runs `body` with the pools open, and closes them however it ends.
func running<Result: Sendable>(_ pools: [PostgresPool], _ body: () async throws -> Result) async throws -> Result {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for pool in pools { group.addTask { try await pool.run() } }
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        for pool in pools { await pool.close() }
        try? await group.waitForAll()
        return try result.get()
    }
}
