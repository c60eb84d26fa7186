public import PostgresClient

/// What a statement's rows are made of: an expression, the columns of a table, or several of these.
public protocol Projection: Sendable {
    /// What one row of it decodes to.
    associatedtype Output: Sendable
    /// The same as seen from outside an outer join that may leave it empty.
    associatedtype OuterJoined: Projection

    /// The columns of `source` that hold such a projection.
    /// - Parameter name: Of the column, or in front of the columns' names where there are several.
    init(columnsOf source: SourceReference, named name: String)

    /// The same columns as seen from outside an outer join.
    var outerJoined: OuterJoined { get }

    /// Adds the names that ``init(columnsOf:named:)`` expects.
    static func appendNames(_ name: String, to names: inout [String])

    /// Adds what to select.
    func append(to list: inout ProjectionList)

    /// Reads one from the next columns of a row.
    static func decode(_ row: inout RowReader) throws(PostgresError) -> Output

    /// Reads rows that consist of it alone.
    static func decodeAll(_ rows: RowReader.Rows) throws(PostgresError) -> [Output]
}

extension Projection {
    public static func decodeAll(_ rows: RowReader.Rows) throws(PostgresError) -> [Output] {
        var values: [Output] = []
        values.reserveCapacity(rows.count)
        for row in rows {
            var reader = RowReader(row)
            values.append(try decode(&reader))
        }
        return values
    }
}

/// The select list of a statement.
public struct ProjectionList: Sendable {
    enum Item: Sendable {
        case expression(Node)
        /// Columns of one source: cheaper than as many expressions.
        case columns(SourceReference, SelectList)
    }

    var items: [Item] = []

    init() {}

    init(capacity: Int) { items.reserveCapacity(capacity) }

    init(_ projection: some Projection) { projection.append(to: &self) }

    /// For code that the macros write.
    public mutating func append<Value>(_ expression: Expr<Value>) { items.append(.expression(expression.node)) }
}

/// Reads the columns of one row from left to right.
///
/// Its methods are inlinable because they run once a value: in the code that the macros write they are specialized for its type.
public struct RowReader: ~Copyable {
    public typealias Failure = PostgresError
    public typealias Rows = PostgresRows

    @usableFromInline let row: PostgresRow
    @usableFromInline var column = 0

    @usableFromInline
    init(_ row: PostgresRow) { self.row = row }

    /// Every row, for code that the macros write.
    @inlinable
    public static func all<Output: Row>(_ rows: Rows, as type: Output.Type) throws(PostgresError) -> [Output] {
        var values: [Output] = []
        values.reserveCapacity(rows.count)
        for row in rows {
            var reader = RowReader(row)
            values.append(try Output(row: &reader))
        }
        return values
    }

    /// The next column's value.
    @inlinable
    public mutating func next<Value: PostgresDecodable>(_ type: Value.Type = Value.self) throws(PostgresError) -> Value {
        let value = try row.get(column, as: type)
        column += 1
        return value
    }

    /// Whether the column that many places ahead is NULL.
    func isNull(ahead offset: Int = 0) throws(PostgresError) -> Bool { try row.get(column + offset, as: NullCheck.self).isNull }

    mutating func skip(_ count: Int) { column += count }
}

/// Reads whether a value is there, not the value.
private struct NullCheck: PostgresDecodable {
    let isNull: Bool

    static func decode(_ bytes: RawSpan, type: PostgresType) -> NullCheck { NullCheck(isNull: false) }
    static func decodeNull() -> NullCheck { NullCheck(isNull: true) }
}

extension Expr: Projection {
    public typealias Output = Value
    public typealias OuterJoined = Expr<Value.NonNull?>

    public init(columnsOf source: SourceReference, named name: String) {
        self.init(source, name.isEmpty ? "value" : name)
    }

    public var outerJoined: Expr<Value.NonNull?> { optional() }

    public static func appendNames(_ name: String, to names: inout [String]) { names.append(name.isEmpty ? "value" : name) }

    public func append(to list: inout ProjectionList) { list.items.append(.expression(node)) }

    public static func decode(_ row: inout RowReader) throws(PostgresError) -> Value { try row.next() }
}
