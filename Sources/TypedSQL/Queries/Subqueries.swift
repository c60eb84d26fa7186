extension SelectQuery {
    /// The query in parentheses.
    var pieces: [Piece] { [.text("("), .statement(definition.body), .text(")")] }
}

extension Select {
    /// The single value of the query; NULL when it has no row. More than one row is an error of the server.
    public func scalar<Value>() -> Expr<Value.NonNull?> where Shape == Expr<Value> { Expr<Value.NonNull?>(.pieces(pieces, .primary)) }

    /// The query's values as an array, empty when it has no row.
    public func array<Value: ColumnArrayElement>() -> Expr<[Value]> where Shape == Expr<Value> {
        Expr<[Value]>(.pieces([.text("array")] + pieces, .primary))
    }
}

/// Whether the query has a row.
public func exists(_ query: some SelectQuery) -> Expr<Bool> { Expr<Bool>(.pieces([.text("exists ")] + query.pieces, .primary)) }

/// Whether the query has no row.
public func notExists(_ query: some SelectQuery) -> Expr<Bool> { Expr<Bool>(.pieces([.text("not exists ")] + query.pieces, .not)) }

extension Expr {
    /// One of the query's values.
    public func isIn<Output, Other: SQLValue>(_ query: Select<Output, Expr<Other>>) -> Condition where Other.NonNull == Value.NonNull {
        Condition(.pieces([.node(node, .other), .text(" in ")] + query.pieces, .comparison))
    }

    /// None of the query's values. False or NULL wherever the query gives a NULL, so let it give none.
    public func isNotIn<Output, Other: ColumnValue>(_ query: Select<Output, Expr<Other>>) -> Condition where Other == Value.NonNull {
        Condition(.pieces([.node(node, .other), .text(" not in ")] + query.pieces, .comparison))
    }
}
