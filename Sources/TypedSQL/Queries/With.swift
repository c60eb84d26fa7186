/// The identity and content of a common table expression.
final class CommonTable: Sendable {
    let name: String
    let columns: [String]
    let isMaterialized: Bool?
    let isRecursive: Bool
    /// Gets the table itself, which a recursive one reads.
    let body: @Sendable (CommonTable) -> StatementBody

    init(
        name: String, columns: [String], isMaterialized: Bool? = nil, isRecursive: Bool = false,
        body: @escaping @Sendable (CommonTable) -> StatementBody
    ) {
        self.name = name
        self.columns = columns
        self.isMaterialized = isMaterialized
        self.isRecursive = isRecursive
        self.body = body
    }

    func render(name: String, into renderer: inout Renderer) {
        let body = body(self)
        renderer.write(identifier: name)
        renderer.write("(", columns) { $1.write(identifier: $0) }
        if !columns.isEmpty { renderer.write(")") }
        renderer.write(" as ")
        if let isMaterialized { renderer.write(isMaterialized ? "materialized " : "not materialized ") }
        renderer.write("(")
        body.render(into: &renderer)
        renderer.write(")")
    }
}

/// A common table expression: a named query, or a change with `returning`, that the statement around it reads.
///
///     let counted = Usage.insert(…).returning { ($0.organizationID, $0.used) }.named("counted")
///     let rows = try await database.all(counted.from())
public struct With<Shape: Projection>: Sendable {
    let common: CommonTable

    /// Whether the server computes it once and keeps it, or may merge it into the query; nil leaves it to the server.
    public func materialized(_ isMaterialized: Bool = true) -> With {
        With(
            common: CommonTable(
                name: common.name, columns: common.columns, isMaterialized: isMaterialized, isRecursive: common.isRecursive,
                body: common.body))
    }
}

extension RowStatement {
    /// The statement as a common table expression. Where a table of the statement around it has that name, another is taken.
    public func named(_ name: String) -> With<Shape> {
        var columns: [String] = []
        Shape.appendNames("", to: &columns)
        let body = definition.body
        return With(common: CommonTable(name: name, columns: columns) { _ in body })
    }
}

extension SelectQuery {
    /// `with recursive`: this query's rows, then those of `step` over the rows found last, until there are no more.
    ///
    /// - Parameter step: Gets the table itself.
    public func recursive<Step: SelectQuery>(
        _ name: String, step: @escaping @Sendable (With<Shape>) -> Step
    ) -> With<Shape> where Step.Output == Output {
        var base = finished
        if !base.order.isEmpty || base.limit != nil || base.offset != nil || !base.locks.isEmpty { base = SelectBody(wrapping: base) }
        let start = base
        var columns: [String] = []
        Shape.appendNames("", to: &columns)
        return With(
            common: CommonTable(name: name, columns: columns, isRecursive: true) { table in
                var body = start
                body.compounds.append(.init(operation: .unionAll, body: step(With(common: table)).finished))
                return .select(body)
            })
    }
}

/// What FROM and JOIN take beside tables.
public protocol QuerySource<Columns>: Sendable {
    associatedtype Columns: Projection
    var source: SourceDefinition { get }
}

/// What a source consists of.
public struct SourceDefinition: Sendable {
    let name: String
    let relation: FromItem.Relation
}

extension With: QuerySource {
    public typealias Columns = Shape
    public var source: SourceDefinition { SourceDefinition(name: common.name, relation: .common(common)) }
}

/// A subquery with a name, to select from or join.
public struct Derived<Columns: Projection>: QuerySource {
    public let source: SourceDefinition
}

extension SelectQuery {
    /// The query as a table in FROM.
    public func subquery(_ name: String) -> Derived<Shape> {
        var columns: [String] = []
        Shape.appendNames("", to: &columns)
        return Derived(source: SourceDefinition(name: name, relation: .statement(definition.body, columns: columns)))
    }
}
