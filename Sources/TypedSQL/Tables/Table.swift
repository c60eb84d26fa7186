public import PostgresClient

/// A struct that a row decodes to. `@Row` writes the conformance, and so does `@Table`.
public protocol Row: Sendable {
    associatedtype Columns: RowColumns where Columns.Output == Self

    /// Reads the columns of one row in order.
    init(row: inout RowReader) throws(PostgresError)
}

/// A struct that is a row of a table. `@Table` writes the conformance.
public protocol Table: Row where Columns: TableColumns {
    /// What an insert takes: columns with a default are optional in it.
    associatedtype Draft: RowDraft

    static var tableName: TableName { get }
    /// Everything about the table that a migration needs to know.
    static var schema: TableSchema { get }

    /// Keys, indexes, checks, policies and whatever else concerns more than one column.
    static func constraints(_ table: Columns) -> [TableElement]

    /// Columns that every update sets unless it says otherwise; the macro's `onUpdate`.
    static func updateDefaults(_ table: Columns) -> [Assignment]
}

extension Table {
    public static func constraints(_ table: Columns) -> [TableElement] { [] }
    public static func updateDefaults(_ table: Columns) -> [Assignment] { [] }

    /// Columns of a use of the table of its own.
    static func newColumns() -> Columns { Columns(SourceReference(named: tableName.name)) }
}

/// The values of a row to insert. The macros write the conformance.
public protocol RowDraft: Sendable {
    func write(to writer: inout DraftWriter)
}
