public func && <L: ConditionValue, R: ConditionValue>(left: Expr<L>, right: Expr<R>) -> Condition {
    Condition(.infix(" and ", .and, left.node, right.node))
}

public func || <L: ConditionValue, R: ConditionValue>(left: Expr<L>, right: Expr<R>) -> Condition {
    Condition(.infix(" or ", .or, left.node, right.node))
}

public prefix func ! <V: ConditionValue>(condition: Expr<V>) -> Expr<V> {
    Expr<V>(.pieces([.text("not "), .node(condition.node, .not)], .not))
}

extension Expr where Value: ConditionValue {
    /// NULL counts as false.
    public func isTrue() -> Expr<Bool> { Expr<Bool>(.postfix(node, " is true")) }
    public func isNotTrue() -> Expr<Bool> { Expr<Bool>(.postfix(node, " is not true")) }
    public func isFalse() -> Expr<Bool> { Expr<Bool>(.postfix(node, " is false")) }
    public func isNotFalse() -> Expr<Bool> { Expr<Bool>(.postfix(node, " is not false")) }
}
