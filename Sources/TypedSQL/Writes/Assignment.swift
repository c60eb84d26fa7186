/// `column = value`, in an update, an insert or an upsert.
public struct Assignment: Sendable {
    /// Whose column it is; nil where not a column but an expression was to be set.
    let source: SourceReference?
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

    /// Sets the column to what `value` gives each time the statement runs. For code that the macros write.
    public func set(each value: @escaping @Sendable () -> Value) -> Assignment where Value: ColumnValue {
        assigned(.computed(ComputedValue(type: Value.self) { value() }))
    }

    public func set<Wrapped: ColumnValue>(each value: @escaping @Sendable () -> Wrapped?) -> Assignment where Value == Wrapped? {
        assigned(.computed(ComputedValue(type: Wrapped.self) { value() }))
    }

    private func assigned(_ value: Node?) -> Assignment {
        guard case .column(let source, let name) = node else { return Assignment(source: nil, column: "", value: value) }
        return Assignment(source: source, column: name, value: value)
    }
}

extension [Assignment] {
    /// With those of `defaults` whose columns are not set here.
    func adding(_ defaults: [Assignment]) -> [Assignment] {
        self + defaults.filter { value in !contains { $0.column == value.column } }
    }

    /// Why they cannot be made to the columns of `target`; nil when they can.
    func problem(settingColumnsOf target: SourceReference) -> String? {
        for (index, assignment) in enumerated() {
            if self[..<index].contains(where: { $0.column == assignment.column }) {
                return "the column \"\(assignment.column)\" is set twice"
            }
            guard let source = assignment.source else { return "only a column can be set, not an expression" }
            if source.identity !== target.identity {
                return "the column \"\(assignment.column)\" that is set belongs to \"\(source.identity.name)\", not to what is changed"
            }
        }
        return nil
    }
}

extension Renderer {
    mutating func write(_ assignments: [Assignment], to target: SourceReference) {
        if let problem = assignments.problem(settingColumnsOf: target) { misuse(problem) }
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
