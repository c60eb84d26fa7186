public import PostgresClient

/// A query whose columns have been chosen.
public struct Select<Output: Sendable, Shape: Projection>: RowStatement, SelectQuery {
    public var select: SelectState

    private let read: @Sendable (inout RowReader) throws(PostgresError) -> Output

    init(
        _ body: SelectBody, _ projection: ProjectionList, read: @escaping @Sendable (inout RowReader) throws(PostgresError) -> Output
    ) {
        select = SelectState(body)
        select.body.projection = projection
        self.read = read
    }

    init(_ body: SelectBody, _ projection: Shape, read: @escaping @Sendable (inout RowReader) throws(PostgresError) -> Output) {
        self.init(body, ProjectionList(projection), read: read)
    }

    public func decode(row: PostgresRow) throws(PostgresError) -> Output {
        var reader = RowReader(row)
        return try read(&reader)
    }
}

/// The clauses of a SELECT.
public struct SelectState: Sendable {
    var body: SelectBody

    init(_ body: SelectBody) { self.body = body }
}

/// What every SELECT can still be given, whatever its tables.
public protocol SelectQuery: RowStatement {
    var select: SelectState { get set }
    /// What to select where nothing was said.
    func appendColumns(to list: inout ProjectionList)
}

extension SelectQuery {
    public func appendColumns(to list: inout ProjectionList) {}

    var body: SelectBody { select.body }

    /// With its select list.
    var finished: SelectBody {
        var body = select.body
        if body.projection.items.isEmpty { appendColumns(to: &body.projection) }
        return body
    }

    public var definition: StatementDefinition { StatementDefinition(body: .select(finished)) }

    public var sql: SQL {
        let body = finished
        let renderer = Renderer.rendering { body.render(into: &$0) }
        return SQL(unsafeRaw: renderer.text, parameters: renderer.parameters)
    }

    consuming func changed(_ change: (inout SelectBody) -> Void) -> Self {
        var query = self
        change(&query.select.body)
        return query
    }

    /// At most that many rows, as a parameter.
    public consuming func limit(_ count: Int) -> Self { changed { $0.limit = .value(count) } }

    /// At most that many rows; for arguments of prepared statements.
    public consuming func limit(_ count: Expr<Int>) -> Self { changed { $0.limit = count.node } }

    /// Leaves out that many rows first. The server reads them all the same: for lists, prefer `after(_:by:)`.
    public consuming func offset(_ count: Int) -> Self { changed { $0.offset = .value(count) } }

    public consuming func offset(_ count: Expr<Int>) -> Self { changed { $0.offset = count.node } }

    /// Holds the rows until the transaction ends, of every table in the query.
    public consuming func lock(_ strength: LockStrength, _ wait: LockWait = .wait) -> Self {
        changed { $0.locks.append(.init(strength: strength, tables: [], wait: wait)) }
    }

    /// Each row once.
    public consuming func distinct() -> Self { changed { $0.distinct = .yes } }

    /// Runs `table` with the query though the query does not read it: a change, usually. What is read is there without asking.
    public consuming func with<Shape: Projection>(_ table: With<Shape>) -> Self { changed { $0.with.append(table.common) } }
}
