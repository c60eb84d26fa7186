public import PostgresClient

/// A statement that can be run: a query, or a change.
public protocol Statement<Result>: Sendable {
    /// What running it gives: rows, or the number of rows affected.
    associatedtype Result: Sendable

    /// The text with `$1…$n`, and the values.
    var sql: SQL { get }

    func decode(_ rows: PostgresRows) throws(PostgresError) -> Result
}

/// A statement that returns rows: a query, or a change with `returning`.
public protocol RowStatement<Output>: Statement where Result == [Output] {
    /// What a row decodes to.
    associatedtype Output: Sendable
    /// How its columns look to a statement around it.
    associatedtype Shape: Projection

    var definition: StatementDefinition { get }

    func decode(row: PostgresRow) throws(PostgresError) -> Output
}

/// What a statement consists of.
public struct StatementDefinition: Sendable {
    var body: StatementBody

    var sql: SQL {
        let renderer = body.rendered()
        return SQL(unsafeRaw: renderer.text, parameters: renderer.parameters)
    }
}

extension RowStatement {
    public var sql: SQL { definition.sql }

    public func decode(_ rows: PostgresRows) throws(PostgresError) -> [Output] {
        var values: [Output] = []
        values.reserveCapacity(rows.count)
        for row in rows { values.append(try decode(row: row)) }
        return values
    }
}

extension RowStatement where Shape.Output == Output {
    public func decode(_ rows: PostgresRows) throws(PostgresError) -> [Output] { try Shape.decodeAll(rows) }

    public func decode(row: PostgresRow) throws(PostgresError) -> Output {
        var reader = RowReader(row)
        return try Shape.decode(&reader)
    }
}
