import PostgresClient

/// A value for a column that has both a default and the possibility of NULL.
public enum InsertValue<Value: ColumnValue>: Sendable {
    /// The database's default.
    case `default`
    case null
    case value(Value)
}

/// Collects the values of rows to insert, column by column.
///
/// Its methods are inlinable because drafts call them once a value: specialized for the column's type they cost a tenth.
public struct DraftWriter {
    /// The only row's names and values, nil for DEFAULT.
    private(set) var row: [(name: String, value: Node?)] = []
    @usableFromInline private(set) var columns: [DraftColumn] = []
    @usableFromInline var index = 0
    /// How many rows there will be; 1 needs no columns.
    @usableFromInline let capacity: Int
    @inlinable var isSingle: Bool { capacity == 1 }

    init(rows capacity: Int) { self.capacity = capacity }

    /// Begins the next row.
    mutating func beginRow() { index = 0 }

    /// A value that must be there.
    @inlinable
    public mutating func write<Value: ColumnValue>(_ name: String, _ value: Value) {
        if isSingle { return append(name, value) }
        column(name, Value.self).append(value)
    }

    /// A value or NULL.
    @inlinable
    public mutating func write<Value: ColumnValue>(_ name: String, orNull value: Value?) {
        if isSingle { return append(name, orNull: value) }
        column(name, Value.self).append(orNull: value)
    }

    /// A value or the column's default.
    @inlinable
    public mutating func write<Value: ColumnValue>(_ name: String, orDefault value: Value?) {
        if let value { write(name, value) } else { writeDefault(name, Value.self) }
    }

    /// A value, NULL, or the column's default.
    @inlinable
    public mutating func write<Value: ColumnValue>(_ name: String, _ value: InsertValue<Value>) {
        switch value {
        case .default: writeDefault(name, Value.self)
        case .null: write(name, orNull: Value?.none)
        case .value(let value): write(name, value)
        }
    }

    @inlinable
    mutating func writeDefault<Value: ColumnValue>(_ name: String, _ type: Value.Type) {
        if isSingle { return appendDefault(name) }
        column(name, type).appendDefault()
    }

    @usableFromInline
    mutating func append(_ name: String, _ value: some ColumnValue) { row.append((name, .value(value))) }

    @usableFromInline
    mutating func append<Value: ColumnValue>(_ name: String, orNull value: Value?) { row.append((name, Node(binding: value))) }

    @usableFromInline
    mutating func appendDefault(_ name: String) { row.append((name, nil)) }

    @usableFromInline
    mutating func add(_ column: DraftColumn) { columns.append(column) }

    /// Every row of one type writes the same columns in the same order.
    @inlinable
    mutating func column<Value: ColumnValue>(_ name: String, _ type: Value.Type) -> TypedDraftColumn<Value> {
        if index == columns.count { add(TypedDraftColumn<Value>(name: name, capacity: capacity)) }
        let column = columns[index]
        index += 1
        precondition(Swift.type(of: column) == TypedDraftColumn<Value>.self, "rows of one insert differ")
        return unsafeDowncast(column, to: TypedDraftColumn<Value>.self)
    }
}
