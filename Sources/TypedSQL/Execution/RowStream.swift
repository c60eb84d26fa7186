public import PostgresClient

/// The rows of a query as they are read from the server, in portions, so that memory stays flat however many there are.
public struct RowStream<Query: RowStatement>: AsyncSequence, Sendable {
    public typealias Element = Query.Output
    public typealias Failure = PostgresError

    public struct AsyncIterator: AsyncIteratorProtocol {
        public typealias Failure = PostgresError

        let query: Query
        var rows: PostgresRowStream.AsyncIterator

        /// The next row, nil after the last one.
        public mutating func next() async throws(PostgresError) -> Query.Output? {
            guard let row = try await rows.next() else { return nil }
            return try query.decode(row: row)
        }
    }

    let query: Query
    let rows: PostgresRowStream

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(query: query, rows: rows.makeAsyncIterator()) }
}

extension PostgresPool {
    /// Lends `body` the rows as a stream, in a transaction of its own on a connection of its own.
    public func withRows<Query: SelectQuery, R>(
        of query: Query, prelude: SQL? = nil, _ body: (RowStream<Query>) async throws -> R
    ) async throws -> R {
        try await withRows(of: query.sql, prelude: prelude) { try await body(RowStream(query: query, rows: $0)) }
    }
}

extension PostgresTransaction {
    /// Lends `body` the rows as a stream. The transaction may do other things between two rows.
    public func withRows<Query: SelectQuery, R>(of query: Query, _ body: (RowStream<Query>) async throws -> R) async throws -> R {
        try await withRows(of: query.sql) { try await body(RowStream(query: query, rows: $0)) }
    }
}

extension PreludedPool {
    /// Lends `body` the rows as a stream, in a transaction of its own on a connection of its own.
    public func withRows<Query: SelectQuery, R>(of query: Query, _ body: (RowStream<Query>) async throws -> R) async throws -> R {
        try await pool.withRows(of: query, prelude: prelude, body)
    }
}
