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
    ///   - attempts: How often `body` may run, 1 or more. It runs again, in a new transaction and after a short random pause that doubles, when
    ///     a serialization failure, a deadlock, or a table changed under a prepared statement ended the last one and it let that error through; what it does besides the
    ///     transaction must bear being done again.
    /// - Throws: What `body` throws. ``PostgresError`` with `.connectionLost` from COMMIT means that the outcome is unknown; with SQLSTATE
    ///   `25P02`, that a statement had failed and `body` went on as if it had not, so that everything was rolled back. COMMIT is not cancelled with
    ///   the task; a server that has not answered it five seconds later is given up.
    public func withTransaction<R>(
        isolation: PostgresIsolation? = nil, readOnly: Bool = false, prelude: SQL? = nil, attempts: Int = 1,
        _ body: (PostgresTransaction) async throws -> R
    ) async throws -> R {
        var begin = "BEGIN"
        if let isolation { begin += " ISOLATION LEVEL \(isolation.rawValue)" }
        if readOnly { begin += " READ ONLY" }
        let opening = [SQL(unsafeRaw: begin)] + (prelude.map { [$0] } ?? [])
        var attempt = 1
        while true {
            do {
                return try await runTransaction(opening: opening, body)
            } catch let error as PostgresError {
                guard error.isTransactionConflict || error.isStalePreparation, attempt < attempts else { throw error }
                // 5 ms, 10, 20 … up to 640, half of it random, so that transactions that collided do not collide again.
                let limit = 5000 << min(attempt - 1, 7)
                try await Task.sleep(for: .microseconds(Int.random(in: limit / 2...limit)))
                attempt += 1
            }
        }
    }

    private func runTransaction<R>(opening: [SQL], _ body: (PostgresTransaction) async throws -> R) async throws -> R {
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

/// A transaction under way, lent to the closure of ``PostgresPool/withTransaction(isolation:readOnly:prelude:attempts:_:)`` and of no use after it.
public final class PostgresTransaction: PostgresQueryable {
    let session: LeasedSession
    private let lastNumber = Mutex(0)

    init(session: LeasedSession) { self.session = session }

    /// Numbers savepoints and cursors.
    private func nextNumber() -> Int {
        lastNumber.withLock { number in
            number += 1
            return number
        }
    }

    func makeCursor(of sql: SQL) -> Cursor { Cursor(of: sql, number: nextNumber(), session: session) }

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

    /// Runs `body` so that its failure undoes only what it did itself, also where the task was cancelled. Do not run other statements of the
    /// transaction beside it.
    public func withSavepoint<R>(_ body: (PostgresTransaction) async throws -> R) async throws -> R {
        let name = SQL.identifier("savepoint_\(nextNumber())")
        try await execute("SAVEPOINT \(name)")
        let value: R
        do {
            value = try await body(self)
        } catch {
            // Where even this fails, the transaction cannot be committed any more.
            _ = try? await session.performRegardless(["ROLLBACK TO SAVEPOINT \(name)", "RELEASE SAVEPOINT \(name)"])
            throw error
        }
        try await session.performRegardless(["RELEASE SAVEPOINT \(name)"])
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
