/// The rows of one statement, as the server sent them; values are decoded when asked for, on the thread that asks.
public struct PostgresRows: RandomAccessCollection, Sendable {
    let result: PostgresResult

    public var startIndex: Int { 0 }
    public var endIndex: Int { result.rowCount }

    public subscript(position: Int) -> PostgresRow {
        precondition(position >= 0 && position < result.rowCount, "row \(position) of \(result.rowCount)")
        return PostgresRow(result: result, index: position)
    }

    /// Rows inserted, updated, deleted or selected; 0 for commands without rows.
    public var affected: Int { result.affected }

    /// The columns' names in order.
    public var columns: [String] { (0..<result.columnCount).map(result.name(of:)) }

    /// The columns' types in order.
    public var types: [PostgresType] { (0..<result.columnCount).map(result.type(of:)) }

    /// Every row as a tuple.
    public func decode<each T: PostgresDecodable>(_ types: repeat (each T).Type) throws(PostgresError) -> [(repeat each T)] {
        var values: [(repeat each T)] = []
        values.reserveCapacity(count)
        for row in self { values.append(try row.decode(repeat each types)) }
        return values
    }
}

/// One row, a view into its result.
public struct PostgresRow: Sendable {
    let result: PostgresResult
    let index: Int

    public var columnCount: Int { result.columnCount }

    /// The first columns in order, as a tuple; a single type gives the plain value.
    public func decode<each T: PostgresDecodable>(_ types: repeat (each T).Type) throws(PostgresError) -> (repeat each T) {
        var column = 0
        return (repeat try next(each types, at: &column))
    }

    /// The value of a column by its place, from 0.
    public func get<T: PostgresDecodable>(_ column: Int, as type: T.Type = T.self) throws(PostgresError) -> T {
        guard column >= 0, column < result.columnCount else {
            throw PostgresError(.decoding, "there is no column \(column); the row has \(result.columnCount)")
        }
        return try result.decode(row: index, column: column, as: type)
    }

    /// The value of a column by its exact name; the first one where several have it.
    public func get<T: PostgresDecodable>(_ name: String, as type: T.Type = T.self) throws(PostgresError) -> T {
        guard let column = result.column(named: name) else {
            throw PostgresError(.decoding, "there is no column \"\(name)\"; the row has \(PostgresRows(result: result).columns)")
        }
        return try result.decode(row: index, column: column, as: type)
    }

    private func next<T: PostgresDecodable>(_ type: T.Type, at column: inout Int) throws(PostgresError) -> T {
        defer { column += 1 }
        return try get(column, as: type)
    }
}
