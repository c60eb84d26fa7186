extension SourceDefinition {
    /// A use of the source of its own.
    func use() -> (SourceReference, FromItem.Relation) { (SourceReference(named: name), relation) }
}

extension SelectBody {
    consuming func joining(
        _ join: String, _ reference: SourceReference, _ relation: FromItem.Relation, on condition: [Node]?, isLateral: Bool = false
    ) -> SelectBody {
        var body = self
        body.sources.append(
            FromItem(join: join, isLateral: isLateral, relation: relation, reference: reference, condition: condition))
        return body
    }

    init(from reference: SourceReference, _ relation: FromItem.Relation) {
        self.init()
        sources = [FromItem(relation: relation, reference: reference)]
    }
}

/// The same columns as seen from outside an outer join.
func widened<Columns: Projection>(_ columns: Columns) -> Columns.OuterJoined { columns.outerJoined }

extension Table {
    /// A query over the table.
    public static func from() -> From1<Columns> {
        let columns = newColumns()
        return From1(SelectBody(from: columns.tableReference, .table(tableName)), columns)
    }

    /// The table as a source beside others.
    public static func source() -> TableSource<Self> { TableSource() }
}

/// A table where a ``QuerySource`` is asked for.
public struct TableSource<Source: Table>: QuerySource {
    public typealias Columns = Source.Columns
    public var source: SourceDefinition { SourceDefinition(name: Source.tableName.name, relation: .table(Source.tableName)) }
}

extension QuerySource {
    /// A query over the source.
    public func from() -> From1<Columns> {
        let (reference, relation) = source.use()
        return From1(SelectBody(from: reference, relation), Columns(columnsOf: reference, named: ""))
    }
}

extension Insert {
    init(selecting body: SelectBody, into target: Target.Columns, _ assignments: [Assignment]) {
        var body = body
        body.projection = ProjectionList()
        var problem = assignments.problem(settingColumnsOf: target.tableReference)
        for assignment in assignments {
            if assignment.value == nil { problem = "the column \"\(assignment.column)\" gets its default when it is left out" }
            body.projection.items.append(.expression(assignment.value ?? .text("null")))
        }
        self.init(
            InsertBody(
                table: Target.tableName, target: target.tableReference, columns: assignments.map(\.column), rows: .select(body),
                problem: problem))
    }
}
