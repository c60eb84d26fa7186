/// An UPDATE without its types.
struct UpdateBody: Sendable {
    var table: TableName
    var target: SourceReference
    var assignments: [Assignment]
    var sources: [FromItem] = []
    var conditions: [Node] = []
    var returning = ProjectionList()
    var with: [CommonTable] = []

    func render(into renderer: inout Renderer) {
        renderer.require(with)
        let scope = renderer.scope
        defer { renderer.leave(scope) }
        renderer.enter(target)
        for item in sources { renderer.enter(item.reference) }
        if assignments.isEmpty { renderer.misuse("an update of \"\(table.name)\" that sets nothing") }
        renderer.write("update ")
        renderer.write(table, alias: renderer.alias(of: target))
        renderer.write(" set ")
        renderer.write(assignments, to: target)
        renderer.write(" from ", sources) { $0.render(into: &$1) }
        renderer.write(" where ", all: conditions)
        renderer.write(returning: returning)
    }
}

/// A DELETE without its types.
struct DeleteBody: Sendable {
    var table: TableName
    var target: SourceReference
    var sources: [FromItem] = []
    var conditions: [Node] = []
    var returning = ProjectionList()
    var with: [CommonTable] = []

    func render(into renderer: inout Renderer) {
        renderer.require(with)
        let scope = renderer.scope
        defer { renderer.leave(scope) }
        renderer.enter(target)
        for item in sources { renderer.enter(item.reference) }
        renderer.write("delete from ")
        renderer.write(table, alias: renderer.alias(of: target))
        renderer.write(" using ", sources) { $0.render(into: &$1) }
        renderer.write(" where ", all: conditions)
        renderer.write(returning: returning)
    }
}

extension Renderer {
    mutating func write(_ table: TableName, alias: String) {
        write(table)
        guard alias != table.name else { return }
        write(" as ")
        write(identifier: alias)
    }
}
