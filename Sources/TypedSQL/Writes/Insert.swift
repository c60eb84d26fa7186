/// An INSERT. Run by itself it gives the number of rows inserted, or changed by its `onConflict`.
public struct Insert<Target: Table>: ReturningStatement {
    public var change: ChangeState

    var body: InsertBody {
        get { change.insert }
        set { change = ChangeState(.insert(newValue)) }
    }

    init(_ body: InsertBody) { change = ChangeState(.insert(body)) }

    public var projections: Target.Columns { Target.Columns(body.target) }
}

extension Table {
    public static func insert(_ row: Draft) -> Insert<Self> {
        var writer = DraftWriter(rows: 1)
        row.write(to: &writer)
        var columns: [String] = []
        var values: [Node?] = []
        for case (let name, let value?) in writer.row {
            columns.append(name)
            values.append(value)
        }
        return Insert(
            InsertBody(
                table: tableName, target: SourceReference(named: tableName.name), columns: columns,
                rows: columns.isEmpty ? .defaults : .values([values])))
    }

    /// Many rows in one statement. They travel as one array a column, so that its text does not depend on their number; where a column
    /// takes its default in some rows only, or is itself an array, as one parameter a value, at most 65,535 of them.
    ///
    /// No rows at all insert nothing.
    public static func insert(_ rows: [Draft]) -> Insert<Self> {
        if rows.count == 1 { return insert(rows[0]) }
        var writer = DraftWriter(rows: rows.count)
        for row in rows {
            writer.beginRow()
            row.write(to: &writer)
        }
        let columns = writer.columns.filter { $0.defaults < rows.count }
        let target = SourceReference(named: tableName.name)
        var body = InsertBody(table: tableName, target: target, columns: columns.map(\.name), rows: .defaults)
        if rows.isEmpty {
            body.columns = writer.columns.map(\.name)
            body.rows = .select(.nothing)
        } else if !columns.isEmpty, columns.allSatisfy({ $0.fitsArray && $0.defaults == 0 }) {
            body.rows = .arrays(columns.map { $0.array() })
        } else {
            let written = columns.isEmpty ? Array(writer.columns.prefix(1)) : columns
            body.columns = written.map(\.name)
            body.rows = .values(rows.indices.map { row in written.map { $0.node(row) } })
        }
        return Insert(body)
    }

    /// One row from expressions; columns that are not set take their default.
    public static func insert(@AssignmentBuilder _ assignments: (Columns) -> [Assignment]) -> Insert<Self> {
        let columns = newColumns()
        let values = assignments(columns)
        return Insert(
            InsertBody(
                table: tableName, target: columns.tableReference, columns: values.map(\.column),
                rows: values.isEmpty ? .defaults : .values([values.map(\.value)]),
                problem: values.problem(settingColumnsOf: columns.tableReference)))
    }
}

extension SelectBody {
    /// No rows: `select where false`.
    static let nothing = {
        var body = SelectBody()
        body.conditions = [.text("false")]
        return body
    }()
}

extension Insert {
    /// Skips rows that any unique constraint refuses.
    public func onConflictDoNothing() -> Insert { conflicting(.any) }

    /// Skips rows that are there already by these columns.
    public func onConflictDoNothing(@ExpressionListBuilder _ columns: (Target.Columns) -> ExpressionList) -> Insert {
        conflicting(.columns(columns(projections).nodes, predicate: []))
    }

    /// Changes the row that is there already by these columns.
    ///
    ///     Usage.insert(draft).onConflict { $0.organizationID; $0.metric } update: { old, new in old.used.set(old.used + new.used) }
    ///
    /// - Parameters:
    ///   - columns: Of the unique constraint or index that is meant.
    ///   - predicate: Of a partial index that is meant.
    ///   - update: Gets the row that is there and the one that was to be inserted.
    ///   - condition: Which rows to change; the others are left, and not returned.
    public func onConflict(
        @ExpressionListBuilder _ columns: (Target.Columns) -> ExpressionList,
        predicate: (Target.Columns) -> OptionalFilter = { _ in .none },
        @AssignmentBuilder update: (_ old: Target.Columns, _ new: Target.Columns) -> [Assignment],
        @FilterBuilder where condition: (_ old: Target.Columns, _ new: Target.Columns) -> OptionalFilter = { _, _ in .none }
    ) -> Insert {
        conflicting(
            .columns(columns(projections).nodes, predicate: predicate(projections).nodes), update: update, where: condition)
    }

    /// Changes the row that is there already by the constraint of that name.
    public func onConflict(
        constraint: String,
        @AssignmentBuilder update: (_ old: Target.Columns, _ new: Target.Columns) -> [Assignment],
        @FilterBuilder where condition: (_ old: Target.Columns, _ new: Target.Columns) -> OptionalFilter = { _, _ in .none }
    ) -> Insert {
        conflicting(.constraint(constraint), update: update, where: condition)
    }

    private func conflicting(
        _ target: InsertBody.ConflictTarget,
        update: (Target.Columns, Target.Columns) -> [Assignment] = { _, _ in [] },
        where condition: (Target.Columns, Target.Columns) -> OptionalFilter = { _, _ in .none }
    ) -> Insert {
        let excluded = SourceReference(named: "excluded")
        let new = Target.Columns(excluded)
        let assignments = update(projections, new)
        var insert = self
        insert.body.conflict = InsertBody.Conflict(
            target: target, assignments: assignments.isEmpty ? [] : assignments.adding(Target.updateDefaults(projections)),
            conditions: condition(projections, new).nodes, excluded: excluded)
        return insert
    }

    /// Writes values of columns that are generated always as identity, too.
    public func overridingSystemValue() -> Insert {
        var insert = self
        insert.body.overridesSystemValue = true
        return insert
    }
}
