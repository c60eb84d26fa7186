/// A statement without its types.
indirect enum StatementBody: Sendable {
    case select(SelectBody)
    case insert(InsertBody)
    case update(UpdateBody)
    case delete(DeleteBody)

    func render(into renderer: inout Renderer) {
        switch self {
        case .select(let body): body.render(into: &renderer)
        case .insert(let body): body.render(into: &renderer)
        case .update(let body): body.render(into: &renderer)
        case .delete(let body): body.render(into: &renderer)
        }
    }

    /// Common tables that must be there though nothing refers to them.
    var extraTables: [CommonTable] {
        switch self {
        case .select(let body): body.with
        case .insert(let body): body.with
        case .update(let body): body.with
        case .delete(let body): body.with
        }
    }

    /// Renders a whole statement.
    func rendered() -> Renderer {
        var renderer = Renderer()
        for table in extraTables { _ = renderer.name(of: table) }
        render(into: &renderer)
        renderer.finishWith()
        return renderer
    }
}
