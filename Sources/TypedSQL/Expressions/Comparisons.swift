// Two overloads an operator, a value and an expression: more of them slow the compiler down badly.

public func == <L: SQLValue>(left: Expr<L>, right: L.NonNull) -> Condition { left.compared(" = ", right) }
public func == <L: SQLValue, R: SQLValue>(left: Expr<L>, right: Expr<R>) -> Condition where L.NonNull == R.NonNull {
    left.compared(" = ", right)
}

public func != <L: SQLValue>(left: Expr<L>, right: L.NonNull) -> Condition { left.compared(" <> ", right) }
public func != <L: SQLValue, R: SQLValue>(left: Expr<L>, right: Expr<R>) -> Condition where L.NonNull == R.NonNull {
    left.compared(" <> ", right)
}

public func < <L: SQLValue>(left: Expr<L>, right: L.NonNull) -> Condition { left.compared(" < ", right) }
public func < <L: SQLValue, R: SQLValue>(left: Expr<L>, right: Expr<R>) -> Condition where L.NonNull == R.NonNull {
    left.compared(" < ", right)
}

public func <= <L: SQLValue>(left: Expr<L>, right: L.NonNull) -> Condition { left.compared(" <= ", right) }
public func <= <L: SQLValue, R: SQLValue>(left: Expr<L>, right: Expr<R>) -> Condition where L.NonNull == R.NonNull {
    left.compared(" <= ", right)
}

public func > <L: SQLValue>(left: Expr<L>, right: L.NonNull) -> Condition { left.compared(" > ", right) }
public func > <L: SQLValue, R: SQLValue>(left: Expr<L>, right: Expr<R>) -> Condition where L.NonNull == R.NonNull {
    left.compared(" > ", right)
}

public func >= <L: SQLValue>(left: Expr<L>, right: L.NonNull) -> Condition { left.compared(" >= ", right) }
public func >= <L: SQLValue, R: SQLValue>(left: Expr<L>, right: Expr<R>) -> Condition where L.NonNull == R.NonNull {
    left.compared(" >= ", right)
}

extension Expr {
    fileprivate func compared(_ operation: String, _ value: Value.NonNull) -> Condition {
        Condition(.infix(operation, .comparison, node, .value(value)))
    }

    fileprivate func compared<R>(_ operation: String, _ other: Expr<R>) -> Condition {
        Condition(.infix(operation, .comparison, node, other.node))
    }

    public func isNull() -> Expr<Bool> { Expr<Bool>(.postfix(node, " is null")) }
    public func isNotNull() -> Expr<Bool> { Expr<Bool>(.postfix(node, " is not null")) }

    /// Like `!=`, with NULL as a value like any other: nil compares equal to NULL.
    public func isDistinct(from value: Value.NonNull?) -> Expr<Bool> {
        Expr<Bool>(.infix(" is distinct from ", .comparison, node, Node(binding: value)))
    }

    public func isDistinct<R: SQLValue>(from other: Expr<R>) -> Expr<Bool> where R.NonNull == Value.NonNull {
        Expr<Bool>(.infix(" is distinct from ", .comparison, node, other.node))
    }

    /// Like `==`, with NULL as a value like any other: nil compares equal to NULL.
    public func isNotDistinct(from value: Value.NonNull?) -> Expr<Bool> {
        Expr<Bool>(.infix(" is not distinct from ", .comparison, node, Node(binding: value)))
    }

    public func isNotDistinct<R: SQLValue>(from other: Expr<R>) -> Expr<Bool> where R.NonNull == Value.NonNull {
        Expr<Bool>(.infix(" is not distinct from ", .comparison, node, other.node))
    }

    /// Both ends included.
    public func between(_ low: Value.NonNull, and high: Value.NonNull) -> Condition {
        between(Expr<Value.NonNull>(low), and: Expr<Value.NonNull>(high))
    }

    /// Both ends included.
    public func between<L: SQLValue, H: SQLValue>(_ low: Expr<L>, and high: Expr<H>) -> Condition
    where L.NonNull == Value.NonNull, H.NonNull == Value.NonNull {
        Condition(
            .pieces(
                [
                    .node(node, .other), .text(" between "), .node(low.node, .other), .text(" and "), .node(high.node, .other),
                ], .comparison))
    }

    /// One of the values; false for an empty list. They travel as one array, so the text does not depend on their number.
    public func isIn(_ values: [Value.NonNull]) -> Condition { matches(" = any(", values) }

    /// None of the values; true for an empty list.
    public func isNotIn(_ values: [Value.NonNull]) -> Condition { matches(" <> all(", values) }

    private func matches(_ operation: String, _ values: [Value.NonNull]) -> Condition {
        Condition(.pieces([.node(node, .other), .text(operation), .node(.list(values), .lowest), .text(")")], .comparison))
    }

    /// One of the elements of an array expression.
    public func isAny<A: SQLValue>(of array: Expr<A>) -> Condition where A.NonNull == [Value.NonNull] {
        Condition(.pieces([.node(node, .other), .text(" = any("), .node(array.node, .lowest), .text(")")], .comparison))
    }
}
