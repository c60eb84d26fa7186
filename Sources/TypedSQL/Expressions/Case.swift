/// CASE, begun with ``caseWhen(_:then:)`` and ended with `otherwise`.
public struct CaseExpression<Value: SQLValue>: Sendable {
    private var pieces: [Piece]

    fileprivate init(_ condition: Node, _ value: Node) {
        pieces = [.text("case")]
        append(condition, value)
    }

    private mutating func append(_ condition: Node, _ value: Node) {
        pieces += [.text(" when "), .node(condition, .lowest), .text(" then "), .node(value, .lowest)]
    }

    public func when(_ condition: any ConditionExpression, then value: Expr<Value>) -> CaseExpression { adding(condition, value.node) }

    public func otherwise(_ value: Expr<Value>) -> Expr<Value> { ended(value.node) }

    /// NULL where no condition holds.
    public func end() -> Expr<Value.NonNull?> { Expr<Value.NonNull?>(.pieces(pieces + [.text(" end")], .primary)) }

    fileprivate func adding(_ condition: any ConditionExpression, _ value: Node) -> CaseExpression {
        var expression = self
        expression.append(condition.node, value)
        return expression
    }

    fileprivate func ended(_ value: Node) -> Expr<Value> {
        Expr<Value>(.pieces(pieces + [.text(" else "), .node(value, .lowest), .text(" end")], .primary))
    }
}

extension CaseExpression where Value: ColumnValue {
    public func when(_ condition: any ConditionExpression, then value: Value) -> CaseExpression { adding(condition, .value(value)) }
    public func otherwise(_ value: Value) -> Expr<Value> { ended(.value(value)) }
}

extension CaseExpression {
    public func when<Wrapped: ColumnValue>(_ condition: any ConditionExpression, then value: Wrapped?) -> CaseExpression
    where Value == Wrapped? {
        adding(condition, Node(binding: value))
    }
    public func otherwise<Wrapped: ColumnValue>(_ value: Wrapped?) -> Expr<Value> where Value == Wrapped? { ended(Node(binding: value)) }
}

/// The value of the first condition that holds: `caseWhen(run.attempt > 1, then: RunStatus.running).otherwise(.queued)`.
public func caseWhen<Value: SQLValue>(_ condition: any ConditionExpression, then value: Expr<Value>) -> CaseExpression<Value> {
    CaseExpression(condition.node, value.node)
}

/// The value of the first condition that holds.
public func caseWhen<Value: ColumnValue>(_ condition: any ConditionExpression, then value: Value) -> CaseExpression<Value> {
    CaseExpression(condition.node, .value(value))
}
