/// `column = value`, in an update, an insert or an upsert.
public struct Assignment: Sendable {
    let column: String
    /// Nil for DEFAULT.
    let value: Node?
}

extension Expr {
    /// Sets the column to a value; nil is NULL.
    public func set(_ value: Value) -> Assignment where Value: ColumnValue { assigned(.value(value)) }

    /// Sets the column to a value; nil is NULL.
    public func set<Wrapped: ColumnValue>(_ value: Wrapped?) -> Assignment where Value == Wrapped? { assigned(Node(binding: value)) }

    public func set(_ expression: Expr<Value>) -> Assignment { assigned(expression.node) }

    /// Sets a column that may be NULL to an expression that is not.
    public func set<Wrapped: ColumnValue>(_ expression: Expr<Wrapped>) -> Assignment where Value == Wrapped? {
        assigned(expression.node)
    }

    /// Sets the column to its default in the database.
    public func setDefault() -> Assignment { assigned(nil) }

    private func assigned(_ value: Node?) -> Assignment {
        guard case .column(_, let name) = node else { preconditionFailure("only a column can be set, not an expression") }
        return Assignment(column: name, value: value)
    }
}

extension Renderer {
    mutating func write(_ assignments: [Assignment]) {
        write("", assignments) { assignment, renderer in
            renderer.write(identifier: assignment.column)
            renderer.write(" = ")
            if let value = assignment.value { renderer.write(value) } else { renderer.write("default") }
        }
    }

    /// The columns of `list` with ` returning ` in front; nothing when there are none.
    mutating func write(returning list: ProjectionList) {
        guard !list.items.isEmpty else { return }
        write(" returning ")
        write(list)
    }
}
