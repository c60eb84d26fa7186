/// A term of ORDER BY or of an index.
public struct OrderTerm: Sendable {
    enum Nulls: String, Sendable {
        case first = " nulls first"
        case last = " nulls last"
    }

    var node: Node
    var isDescending = false
    var nulls: Nulls?

    /// NULLs before everything else, whatever the direction.
    public func nullsFirst() -> OrderTerm { with(.first) }
    /// NULLs after everything else, whatever the direction.
    public func nullsLast() -> OrderTerm { with(.last) }

    private func with(_ nulls: Nulls) -> OrderTerm {
        var term = self
        term.nulls = nulls
        return term
    }

    func render(into renderer: inout Renderer) {
        renderer.write(node)
        if isDescending { renderer.write(" desc") }
        if let nulls { renderer.write(nulls.rawValue) }
    }
}

extension Expr {
    /// Ascending. NULLs come last unless said otherwise.
    public var asc: OrderTerm { OrderTerm(node: node) }
    /// Descending. NULLs come first unless said otherwise.
    public var desc: OrderTerm { OrderTerm(node: node, isDescending: true) }
}
