extension Expr {
    /// Whether every one of `elements` is in it: `@>`.
    public func contains<Element: ColumnValue>(_ elements: [Element]) -> Condition where Value.NonNull == [Element] {
        Condition(.infix(" @> ", .comparison, node, .list(elements)))
    }

    /// Whether it has no element beside these: `<@`.
    public func isContained<Element: ColumnValue>(in elements: [Element]) -> Condition where Value.NonNull == [Element] {
        Condition(.infix(" <@ ", .comparison, node, .list(elements)))
    }

    /// Whether it has one of these: `&&`.
    public func overlaps<Element: ColumnValue>(_ elements: [Element]) -> Condition where Value.NonNull == [Element] {
        Condition(.infix(" && ", .comparison, node, .list(elements)))
    }

    /// Whether it has that element.
    public func contains<Element: ColumnValue>(element: Element) -> Condition where Value.NonNull == [Element] {
        Condition(.pieces([.node(.value(element), .other), .text(" = any("), .node(node, .lowest), .text(")")], .comparison))
    }

    /// With one more element at its end.
    public func appending<Element: ColumnValue>(element: Element) -> Expr where Value.NonNull == [Element] {
        Expr(.call("array_append", [node, .value(element)]))
    }

    /// Without any such element.
    public func removing<Element: ColumnValue>(element: Element) -> Expr where Value.NonNull == [Element] {
        Expr(.call("array_remove", [node, .value(element)]))
    }

    /// With the elements of both.
    public func appending<Element: ColumnValue>(contentsOf elements: [Element]) -> Expr where Value.NonNull == [Element] {
        Expr(.infix(" || ", .other, node, .list(elements)))
    }

    /// The element at that place, from 1; NULL outside.
    public func element<Element: ColumnValue>(at place: Int) -> Expr<Element?> where Value.NonNull == [Element] {
        Expr<Element?>(.pieces([.text("("), .node(node, .lowest), .text(")[\(place)]")], .primary))
    }

    /// How many elements.
    public func cardinality<Element>() -> Expr<Int32?> where Value.NonNull == [Element] { Expr<Int32?>(.call("cardinality", [node])) }
}
