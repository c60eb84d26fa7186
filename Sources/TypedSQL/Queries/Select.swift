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
        var renderer = Renderer()
        for table in body.with { _ = renderer.name(of: table) }
        body.render(into: &renderer)
        renderer.finishWith()
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

extension SelectQuery {
    /// The rows of both, each once.
    public func union<Other: SelectQuery>(_ other: Other) -> Self where Other.Output == Output { compound("union", other) }
    /// The rows of both.
    public func unionAll<Other: SelectQuery>(_ other: Other) -> Self where Other.Output == Output { compound("union all", other) }
    /// The rows that both have, each once.
    public func intersect<Other: SelectQuery>(_ other: Other) -> Self where Other.Output == Output { compound("intersect", other) }
    /// The rows that `other` does not have, each once.
    public func except<Other: SelectQuery>(_ other: Other) -> Self where Other.Output == Output { compound("except", other) }

    /// Order and limit that this query has so far stay its own; those given afterwards belong to the whole.
    private func compound(_ operation: String, _ other: some SelectQuery) -> Self {
        let (own, added) = (finished, other.finished)
        return changed { body in
            body = own
            if !body.order.isEmpty || body.limit != nil || body.offset != nil || !body.locks.isEmpty, body.compounds.isEmpty {
                body = SelectBody(wrapping: body)
            }
            body.compounds.append(.init(operation: operation, body: added))
        }
    }
}

extension SelectBody {
    /// `select * from (body)`, so that clauses added later do not mix with its own.
    init(wrapping body: SelectBody) {
        self.init()
        let reference = SourceReference(named: "part")
        let names = (0..<body.projection.nodes.count).map { "c\($0 + 1)" }
        projection.items = [.columns(reference, SelectList(names, of: "part"))]
        sources = [FromItem(relation: .statement(.select(body), columns: names), reference: reference)]
    }
}
