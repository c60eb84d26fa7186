public import PostgresClient

/// Running statements on a pool, in a transaction, or on a connection of one's own.
extension PostgresQueryable {
    /// Every row.
    public func all<Query: RowStatement>(_ query: Query) async throws(PostgresError) -> [Query.Output] {
        try query.decode(try await self.query(query.sql))
    }

    /// The first row, nil when there is none. The server is asked for one only.
    public func first<Query: SelectQuery>(_ query: Query) async throws(PostgresError) -> Query.Output? {
        let limited = query.body.limit == nil && query.body.compounds.isEmpty ? query.limit(1) : query
        guard let row = try await self.query(limited.sql).first else { return nil }
        return try query.decode(row: row)
    }

    /// The first row, nil when there is none.
    public func first<Query: RowStatement>(_ query: Query) async throws(PostgresError) -> Query.Output? {
        guard let row = try await self.query(query.sql).first else { return nil }
        return try query.decode(row: row)
    }

    /// The only row.
    /// - Throws: ``RowCountError`` when there is none or more than one; otherwise `PostgresError`.
    public func one<Query: RowStatement>(_ query: Query) async throws -> Query.Output {
        let rows = try await self.query(query.sql)
        guard rows.count == 1, let row = rows.first else { throw RowCountError(count: rows.count) }
        return try query.decode(row: row)
    }

    /// The statement's own result: its rows, or how many it affected.
    @discardableResult
    public func run<Change: Statement>(_ statement: Change) async throws(PostgresError) -> Change.Result {
        try statement.decode(try await self.query(statement.sql))
    }

    /// Whether the query has a row.
    public func exists(_ query: some SelectQuery) async throws(PostgresError) -> Bool {
        try await !self.query(query.changed { $0.limit = $0.limit ?? .value(1) }.sql).isEmpty
    }

    /// How many rows the query has.
    public func count(_ query: some SelectQuery) async throws(PostgresError) -> Int {
        let rows = query.subquery("counted").from().select { _ in countRows() }
        return try await first(rows) ?? 0
    }

    /// The next `limit` rows, at least 1, and whether there are more.
    public func page<Query: SelectQuery>(_ query: Query, limit: Int) async throws(PostgresError) -> Page<Query.Output> {
        Page(try await all(query.limit(max(1, min(limit, .max - 1)) + 1)), limit: limit)
    }

    /// Several statements in one flight, which outside a transaction are one: the first that fails undoes the others.
    public func batch<each Part: Statement>(_ parts: repeat each Part) async throws(PostgresError) -> (repeat (each Part).Result) {
        var statements: [SQL] = []
        repeat statements.append((each parts).sql)
        let results = try await batch(statements)
        var index = 0
        func next<Single: Statement>(_ statement: Single) throws(PostgresError) -> Single.Result {
            defer { index += 1 }
            return try statement.decode(results[index])
        }
        return (repeat try next(each parts))
    }

    /// The server's plan, a line each.
    /// - Parameter analyze: Runs the statement, with all it does, and shows real times and buffers.
    public func explain(_ statement: some Statement, analyze: Bool = false) async throws(PostgresError) -> [String] {
        let sql = SQL(unsafeRaw: analyze ? "explain (analyze, buffers) " : "explain ") + statement.sql
        return try await query(sql).decode(String.self)
    }
}

/// A query that was to have one row had another number of them.
public struct RowCountError: Error, Sendable, CustomStringConvertible {
    public let count: Int
    public var description: String { "one row was expected, not \(count)" }
}
