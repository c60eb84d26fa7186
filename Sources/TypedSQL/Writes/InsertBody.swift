/// An INSERT without its types.
struct InsertBody: Sendable {
    enum Rows: Sendable {
        case defaults
        /// Nil for DEFAULT.
        case values([[Node?]])
        /// One array a column.
        case arrays([Node])
        case select(SelectBody)
    }

    enum ConflictTarget: Sendable {
        case any
        case columns([Node], predicate: [Node])
        case constraint(String)
    }

    struct Conflict: Sendable {
        var target: ConflictTarget
        /// Empty for DO NOTHING.
        var assignments: [Assignment]
        var conditions: [Node]
        var excluded: SourceReference
    }

    var table: TableName
    var target: SourceReference
    var columns: [String]
    var rows: Rows
    /// What is wrong with it, in words.
    var problem: String?
    var overridesSystemValue = false
    var conflict: Conflict?
    var returning = ProjectionList()
    var with: [CommonTable] = []

    func render(into renderer: inout Renderer) {
        renderer.require(with)
        if let problem { renderer.misuse(problem) }
        let scope = renderer.scope
        defer { renderer.leave(scope) }
        if let conflict {
            // The server's own name for the new row: no table may take it.
            renderer.enter(conflict.excluded, as: "excluded")
        }
        renderer.enter(target)
        renderer.write("insert into ")
        renderer.write(table, alias: renderer.alias(of: target))
        if !columns.isEmpty {
            renderer.write(" (", columns) { $1.write(identifier: $0) }
            renderer.write(")")
        }
        if overridesSystemValue { renderer.write(" overriding system value") }
        render(rows, into: &renderer)
        if let conflict { render(conflict, into: &renderer) }
        renderer.write(returning: returning)
    }

    private func render(_ rows: Rows, into renderer: inout Renderer) {
        switch rows {
        case .defaults: renderer.write(" default values")
        case .values(let rows):
            renderer.write(" values ", rows) { row, renderer in
                renderer.write("(", row) { value, renderer in
                    if let value { renderer.write(value) } else { renderer.write("default") }
                }
                renderer.write(")")
            }
        case .arrays(let arrays):
            renderer.write(" select * from unnest(")
            renderer.write(list: arrays)
            renderer.write(")")
        case .select(let body):
            renderer.write(" ")
            body.render(into: &renderer)
        }
    }

    private func render(_ conflict: Conflict, into renderer: inout Renderer) {
        renderer.write(" on conflict")
        switch conflict.target {
        case .any: break
        case .columns(let columns, let predicate):
            // Inside the list columns stand alone, as in the index that is meant.
            var names = Renderer(style: .definition)
            names.write(list: columns)
            renderer.write(" (\(names.text))")
            var condition = Renderer(style: .definition)
            condition.write(" where ", all: predicate)
            renderer.write(condition.text)
        case .constraint(let name):
            renderer.write(" on constraint ")
            renderer.write(identifier: name)
        }
        guard !conflict.assignments.isEmpty else { return renderer.write(" do nothing") }
        renderer.write(" do update set ")
        renderer.write(conflict.assignments, to: target)
        renderer.write(" where ", all: conflict.conditions)
    }
}
