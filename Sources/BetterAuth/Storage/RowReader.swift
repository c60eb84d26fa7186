import PostgresClient

/// Reads the columns of a row from left to right.
struct RowReader {
    private let row: PostgresRow
    private var column = 0

    init(_ row: PostgresRow) { self.row = row }

    mutating func next<Value: PostgresDecodable>(_ type: Value.Type = Value.self) throws -> Value {
        let value = try row.get(column, as: type)
        column += 1
        return value
    }
}
