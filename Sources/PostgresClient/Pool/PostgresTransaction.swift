import Synchronization

/// How much a transaction sees of others.
public enum PostgresIsolation: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
}

extension PostgresPool {
    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// The connection is taken with the first statement, whose flight also carries BEGIN and the prelude; a body that sends nothing costs
    /// nothing. If ROLLBACK fails the connection is thrown away and `body`'s own error is thrown all the same.
    ///
    /// - Parameters:
    ///   - isolation: The server's default (read committed, usually) when nil.
    ///   - prelude: Runs first, for `select set_config('app.x', …, true)`.
    /// - Throws: What `body` throws. ``PostgresError`` with `.connectionLost` from COMMIT means that the outcome is unknown; with SQLSTATE
    ///   `25P02`, that a statement had failed and `body` went on as if it had not, so that everything was rolled back.
    public func withTransaction<R>(
        isolation: PostgresIsolation? = nil, readOnly: Bool = false, prelude: SQL? = nil,
        _ body: (PostgresTransaction) async throws -> R
    ) async throws -> R {
        var begin = "BEGIN"
        if let isolation { begin += " ISOLATION LEVEL \(isolation.rawValue)" }
        if readOnly { begin += " READ ONLY" }
        let opening = [SQL(unsafeRaw: begin)] + (prelude.map { [$0] } ?? [])
        let session = LeasedSession(pool: self, opening: opening)
        let value: R
        do {
            value = try await body(PostgresTransaction(session: session))
        } catch {
            // Nothing to add to the error in hand: a connection that cannot roll back is closed, which rolls back too.
            _ = try? await session.end(with: .statements(["ROLLBACK"], hidden: 0))
            throw error
        }
        let results = try await session.end(with: .statements(["COMMIT"], hidden: 0))
        if let result = results?.first, result.commandTag == "ROLLBACK" {
            throw PostgresError(rolledBackAtCommit: ())
        }
        return value
    }
}

/// A transaction under way, lent to the closure of ``PostgresPool/withTransaction(isolation:readOnly:prelude:_:)`` and of no use after it.
public final class PostgresTransaction: PostgresQueryable {
    private let session: LeasedSession
    private let savepoints = Mutex(0)

    init(session: LeasedSession) { self.session = session }

    public func query(_ sql: SQL) async throws(PostgresError) -> PostgresRows {
        try PostgresRows(first: try await session.perform([sql]))
    }

    @discardableResult
    public func execute(_ sql: SQL) async throws(PostgresError) -> Int { try await query(sql).affected }

    /// The statements go in one flight; the first that fails spoils the transaction, as any other would.
    @discardableResult
    public func batch(_ statements: [SQL]) async throws(PostgresError) -> [PostgresRows] {
        try await session.perform(statements).map(PostgresRows.init)
    }

    /// Runs many statements separated by semicolons, without parameters or results. The first that fails ends it.
    public func executeScript(_ text: String) async throws(PostgresError) { try await session.executeScript(text) }

    /// Runs `body` so that its failure undoes only what it did itself. Do not run other statements of the transaction beside it.
    public func withSavepoint<R>(_ body: (PostgresTransaction) async throws -> R) async throws -> R {
        let number = savepoints.withLock { count in
            count += 1
            return count
        }
        let name = SQL.identifier("savepoint_\(number)")
        try await execute("SAVEPOINT \(name)")
        let value: R
        do {
            value = try await body(self)
        } catch {
            // The task may be cancelled; the outer transaction then rolls back as a whole, which includes this.
            _ = try? await batch(["ROLLBACK TO SAVEPOINT \(name)", "RELEASE SAVEPOINT \(name)"])
            throw error
        }
        try await execute("RELEASE SAVEPOINT \(name)")
        return value
    }
}

extension PostgresError {
    fileprivate init(rolledBackAtCommit: ()) {
        var fields = ServerFields()
        fields.sqlState = "25P02"
        self.init(.server, "the transaction was rolled back: a statement in it had failed before COMMIT", fields: fields)
    }
}
