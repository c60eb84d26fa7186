public import PostgresClient

/// An INSERT, UPDATE or DELETE without its types.
public struct ChangeState: Sendable {
    var body: StatementBody

    init(_ body: StatementBody) { self.body = body }

    var insert: InsertBody {
        guard case .insert(let insert) = body else { preconditionFailure("not an insert") }
        return insert
    }

    var update: UpdateBody {
        guard case .update(let update) = body else { preconditionFailure("not an update") }
        return update
    }

    var delete: DeleteBody {
        guard case .delete(let delete) = body else { preconditionFailure("not a delete") }
        return delete
    }

    mutating func setReturning(_ list: ProjectionList) {
        switch body {
        case .insert(var insert):
            insert.returning = list
            body = .insert(insert)
        case .update(var update):
            update.returning = list
            body = .update(update)
        case .delete(var delete):
            delete.returning = list
            body = .delete(delete)
        case .select: preconditionFailure("a select returns rows by itself")
        }
    }

    mutating func add(_ table: CommonTable) {
        switch body {
        case .insert(var insert):
            insert.with.append(table)
            body = .insert(insert)
        case .update(var update):
            update.with.append(table)
            body = .update(update)
        case .delete(var delete):
            delete.with.append(table)
            body = .delete(delete)
        case .select(var select):
            select.with.append(table)
            body = .select(select)
        }
    }
}

/// A change that gives the number of rows affected. ``returning()`` makes it give rows.
public protocol ChangeStatement: Statement where Result == Int {
    var change: ChangeState { get set }
}

extension ChangeStatement {
    public var definition: StatementDefinition { StatementDefinition(body: change.body) }
    public var sql: SQL { definition.sql }
    public func decode(_ rows: PostgresRows) throws(PostgresError) -> Int { rows.affected }

    /// Runs `table` with the statement though it does not read it.
    public func with<Shape: Projection>(_ table: With<Shape>) -> Self {
        var statement = self
        statement.change.add(table.common)
        return statement
    }

    /// The change as a common table expression without rows, for ``SelectQuery/with(_:)``.
    public func named(_ name: String) -> With<NoColumns> {
        let body = change.body
        return With(common: CommonTable(name: name, columns: []) { _ in body })
    }

    func returning<Output, Shape: Projection>(
        _ list: ProjectionList, read: @escaping @Sendable (inout RowReader) throws(PostgresError) -> Output
    ) -> Returning<Output, Shape> {
        var state = change
        state.setReturning(list)
        return Returning(definition: StatementDefinition(body: state.body), read: read)
    }

    func returning<Output, Shape: Projection>(
        _ projection: Shape, read: @escaping @Sendable (inout RowReader) throws(PostgresError) -> Output
    ) -> Returning<Output, Shape> {
        returning(ProjectionList(projection), read: read)
    }
}

/// A change of one table alone.
public protocol ReturningStatement: ChangeStatement {
    associatedtype Target: Table
    var projections: Target.Columns { get }
}

extension ReturningStatement {
    /// The rows as they are afterwards, or were, for a delete.
    public func returning() -> Returning<Target, Target.Columns> {
        returning(projections, read: Target.Columns.decode)
    }

    public func returning<Part: Projection>(_ projection: (Target.Columns) -> Part) -> Returning<Part.Output, Part> {
        returning(projection(projections), read: Part.decode)
    }
}

/// A change that gives the rows it made, changed or removed.
public struct Returning<Output: Sendable, Shape: Projection>: RowStatement {
    public let definition: StatementDefinition
    let read: @Sendable (inout RowReader) throws(PostgresError) -> Output

    public func decode(row: PostgresRow) throws(PostgresError) -> Output {
        var reader = RowReader(row)
        return try read(&reader)
    }
}

/// Nothing to read.
public struct NoColumns: Projection {
    public typealias Output = Void
    public typealias OuterJoined = NoColumns

    public var outerJoined: NoColumns { self }

    public init(columnsOf source: SourceReference, named name: String) {}
    public static func appendNames(_ name: String, to names: inout [String]) {}
    public func append(to list: inout ProjectionList) {}
    public static func decode(_ row: inout RowReader) throws(PostgresError) {}
}
