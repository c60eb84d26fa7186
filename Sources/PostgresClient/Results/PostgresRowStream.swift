import Synchronization

/// The rows of a statement, fetched from the server as they are read, so that memory stays flat however many there are.
///
/// Rows come in portions of about 256 KiB, sized after the rows before them and never more than 2,000 rows; nothing is fetched while the caller does not read.
/// Iterators made from one stream share it: each row goes to one of them. A stream that failed has ended.
public struct PostgresRowStream: AsyncSequence, Sendable {
    public typealias Element = PostgresRow
    public typealias Failure = PostgresError

    public struct AsyncIterator: AsyncIteratorProtocol {
        public typealias Failure = PostgresError

        let cursor: Cursor
        private var portion: PostgresRows?
        private var index = 0

        init(cursor: Cursor) { self.cursor = cursor }

        /// The next row, nil after the last one.
        public mutating func next() async throws(PostgresError) -> PostgresRow? {
            while true {
                if let portion, index < portion.count {
                    index += 1
                    return portion[index - 1]
                }
                portion = nil  // frees it before the next one arrives
                index = 0
                guard let next = try await cursor.fetch() else { return nil }
                portion = next
            }
        }
    }

    let cursor: Cursor

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(cursor: cursor) }
}

/// A cursor on the server, declared with its first portion.
final class Cursor: Sendable {
    private static let portionBytes = 256 * 1024
    private static let portionRows = 2000

    private struct State {
        var isOpen = false
        var isDone = false
        /// Fetches that came beside the first one, while that declares the cursor.
        var waiters: [CheckedContinuation<Bool, Never>]?
        /// Rows of the next portion.
        var rows = 64
    }

    private let session: LeasedSession
    private let declaration: SQL
    private let name: SQL
    private let state = Mutex(State())

    /// - Parameter number: Names the cursor; no other in the transaction may have it.
    init(of sql: SQL, number: Int, session: LeasedSession) {
        self.session = session
        name = .identifier("cursor_\(number)")
        var declaration: SQL = "DECLARE \(name) NO SCROLL CURSOR FOR \(sql)"
        declaration.isCacheable = false
        self.declaration = declaration
    }

    /// The next portion, nil after the last one.
    func fetch() async throws(PostgresError) -> PostgresRows? {
        let isFirst = await mustDeclare()
        let (isDone, rows) = state.withLock { ($0.isDone, $0.rows) }
        guard !isDone else { return nil }
        var fetch: SQL = "FETCH FORWARD \(SQL(unsafeRaw: String(rows))) FROM \(name)"
        fetch.isCacheable = false
        let result: PostgresResult?
        do throws(PostgresError) {
            result = try await session.perform(isFirst ? [declaration, fetch] : [fetch]).last
        } catch {
            fetched { $0.isDone = true }
            throw error
        }
        guard let result else {
            fetched { $0.isDone = true }
            return nil
        }
        fetched { current in
            current.isOpen = true
            current.isDone = current.isDone || result.rowCount < rows
            let bytesPerRow = max(1, result.memorySize / max(1, result.rowCount))
            current.rows = min(Cursor.portionRows, max(1, Cursor.portionBytes / bytesPerRow))
        }
        return PostgresRows(result: result)
    }

    /// True for the first caller; a concurrent caller waits until the first has its portion.
    private func mustDeclare() async -> Bool {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Bool? in
                if state.isOpen || state.isDone { return false }
                guard state.waiters != nil else {
                    state.waiters = []
                    return true
                }
                state.waiters?.append(continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private func fetched(_ change: (inout State) -> Void) {
        let waiters = state.withLock { state in
            change(&state)
            let waiters = state.waiters
            state.waiters = nil
            return waiters
        }
        for waiter in waiters ?? [] { waiter.resume(returning: false) }
    }

    /// Gives the server's side up before the transaction ends.
    func close() async throws(PostgresError) {
        let wasOpen = state.withLock { state in
            state.isDone = true
            let wasOpen = state.isOpen
            state.isOpen = false
            return wasOpen
        }
        guard wasOpen else { return }
        var close: SQL = "CLOSE \(name)"
        close.isCacheable = false
        _ = try await session.perform([close])
    }
}

extension PostgresPool {
    /// Lends `body` the rows of one statement as a stream, in a transaction of its own on a connection of its own.
    ///
    ///     try await pool.withRows(of: "select id, name from users order by id") { rows in
    ///         for try await row in rows { try write(row.decode(Int.self, String.self)) }
    ///     }
    ///
    /// - Parameters:
    ///   - sql: A `select`, `values` or `table`; the server plans it for an early first row.
    ///   - prelude: As in ``withTransaction(isolation:readOnly:prelude:attempts:_:)``.
    public func withRows<R>(of sql: SQL, prelude: SQL? = nil, _ body: (PostgresRowStream) async throws -> R) async throws -> R {
        try await withTransaction(prelude: prelude) { transaction in
            // COMMIT and ROLLBACK close the cursor.
            try await body(PostgresRowStream(cursor: transaction.makeCursor(of: sql)))
        }
    }
}

extension PostgresTransaction {
    /// Lends `body` the rows of a `select`, `values` or `table` as a stream. The transaction may do other things between two rows.
    public func withRows<R>(of sql: SQL, _ body: (PostgresRowStream) async throws -> R) async throws -> R {
        let cursor = makeCursor(of: sql)
        let value: R
        do {
            value = try await body(PostgresRowStream(cursor: cursor))
        } catch {
            // The error in hand says more; if the transaction failed with it, the cursor is gone already.
            _ = try? await cursor.close()
            throw error
        }
        try await cursor.close()
        return value
    }
}
