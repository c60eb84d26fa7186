public import PostgresClient

/// The columns of a table or of a ``Row``, under the names of its properties. `@Table` and `@Row` write the conformance.
public protocol RowColumns: Projection where Output: Row {
    /// The columns in the database, in the order of decoding.
    static var selectList: SelectList { get }
    /// The first column that is never NULL, from 0; nil when there is none.
    static var presence: Int? { get }
}

extension RowColumns {
    public var outerJoined: OptionalColumns<Self> { OptionalColumns(columns: self) }

    public static func appendNames(_ name: String, to names: inout [String]) {
        names.append(contentsOf: name.isEmpty ? selectList.names : selectList.names.map { name + "_" + $0 })
    }

    public static func decode(_ row: inout RowReader) throws(PostgresError) -> Output { try Output(row: &row) }
}

/// The names of a table's columns, and how they are selected when the table goes by its own name.
public final class SelectList: Sendable {
    public let names: [String]
    let alias: String
    let text: String

    /// For code that the macros write.
    /// - Parameter alias: Of the source, nearly always.
    public init(_ names: [String], of alias: String = "") {
        self.names = names
        self.alias = alias
        text = names.map { Identifier.quoted(alias) + "." + Identifier.quoted($0) }.joined(separator: ", ")
    }
}

/// The columns of a table, each a computed property on one source.
public protocol TableColumns: RowColumns {
    init(_ reference: SourceReference)
    /// The use of the table that the columns belong to.
    var tableReference: SourceReference { get }
}

extension TableColumns {
    public init(columnsOf source: SourceReference, named name: String) { self.init(source.prefixed(name)) }

    public func append(to list: inout ProjectionList) { list.items.append(.columns(tableReference, Self.selectList)) }
}

/// The columns of a source that an outer join may leave empty: each of them may be NULL, and the row as a whole absent.
@dynamicMemberLookup
public struct OptionalColumns<Columns: RowColumns>: Projection {
    public typealias Output = Columns.Output?
    public typealias OuterJoined = OptionalColumns<Columns>

    let columns: Columns

    public subscript<Value: SQLValue>(dynamicMember column: KeyPath<Columns, Expr<Value>>) -> Expr<Value.NonNull?> {
        Expr<Value.NonNull?>(columns[keyPath: column].node)
    }

    public var outerJoined: OptionalColumns<Columns> { self }

    init(columns: Columns) { self.columns = columns }

    public init(columnsOf source: SourceReference, named name: String) { columns = Columns(columnsOf: source, named: name) }

    public static func appendNames(_ name: String, to names: inout [String]) { Columns.appendNames(name, to: &names) }

    public func append(to list: inout ProjectionList) { columns.append(to: &list) }

    public static func decode(_ row: inout RowReader) throws(PostgresError) -> Columns.Output? {
        let width = Columns.selectList.names.count
        if try isAbsent(row, width: width) {
            row.skip(width)
            return nil
        }
        return try Columns.decode(&row)
    }

    private static func isAbsent(_ row: borrowing RowReader, width: Int) throws(PostgresError) -> Bool {
        if let presence = Columns.presence { return try row.isNull(ahead: presence) }
        for column in 0..<width where try !row.isNull(ahead: column) { return false }
        return true
    }
}

extension OptionalColumns {
    /// Whether the join found a row. Only for tables with a column that is never NULL.
    public func isAbsent() -> Expr<Bool> {
        var list = ProjectionList()
        columns.append(to: &list)
        let nodes = list.nodes
        guard let presence = Columns.presence, presence < nodes.count else {
            return Expr<Bool>(
                .pieces(
                    [.text("("), .node(Node.all(of: nodes.map { .postfix($0, " is null") }) ?? .text("false"), .lowest), .text(")")],
                    .primary))
        }
        return Expr<Bool>(.postfix(nodes[presence], " is null"))
    }
}

extension ProjectionList {
    /// Each column as an expression.
    var nodes: [Node] {
        items.flatMap { item in
            switch item {
            case .expression(let node): [node]
            case .columns(let source, let list): list.names.map { Node.column(source, $0) }
            }
        }
    }
}
