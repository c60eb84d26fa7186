public import PostgresClient

/// A statement written by hand, whose rows decode to a type of yours: a table, a `@Row`, or a single value.
public struct RawQuery<Output: Sendable>: Statement {
    public typealias Result = [Output]

    public let sql: SQL
    private let read: @Sendable (PostgresRow) throws(PostgresError) -> Output

    /// - Parameter sql: Must give the columns of `type` in the order of its properties.
    public init(_ sql: SQL, as type: Output.Type) where Output: Row {
        self.sql = sql
        read = { row throws(PostgresError) in
            var reader = RowReader(row)
            return try Output(row: &reader)
        }
    }

    public init(_ sql: SQL, as type: Output.Type) where Output: PostgresDecodable {
        self.sql = sql
        read = { row throws(PostgresError) in try row.get(0, as: Output.self) }
    }

    public func decode(_ rows: PostgresRows) throws(PostgresError) -> [Output] {
        var values: [Output] = []
        for row in rows { values.append(try read(row)) }
        return values
    }
}
