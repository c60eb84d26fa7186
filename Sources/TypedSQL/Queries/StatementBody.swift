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

    /// Renders a whole statement.
    func rendered(isPrepared: Bool = false) -> Renderer { Renderer.rendering(isPrepared: isPrepared) { render(into: &$0) } }
}

extension Renderer {
    /// Common tables that must be there though nothing refers to them: changes, usually. Wherever in the statement they were asked for, they
    /// stand in front of all of it, the only place where the server takes changes.
    mutating func require(_ tables: [CommonTable]) {
        for table in tables { _ = name(of: table) }
    }
}
