import PostgresClient
public import Primitives

/// How many rows: `count(*)`.
/// - Parameter condition: Counts only rows for which it holds.
public func countRows(where condition: (any ConditionExpression)? = nil) -> Expr<Int> {
    Expr<Int>(.aggregate("count(*)", [], where: condition))
}

extension Node {
    static func aggregate(
        _ name: String, _ arguments: [Node], distinct: Bool = false, order: [OrderTerm] = [], where condition: (any ConditionExpression)?
    ) -> Node {
        var pieces: [Piece] = [.text(arguments.isEmpty ? name : name + (distinct ? "(distinct " : "("))]
        pieces += Piece.list(arguments)
        if !order.isEmpty { pieces += [.text(" order by ")] + Piece.list(order) }
        if !arguments.isEmpty { pieces.append(.text(")")) }
        if let condition { pieces += [.text(" filter (where "), .node(condition.node, .lowest), .text(")")] }
        return .pieces(pieces, .primary)
    }
}

extension Piece {
    static func list(_ terms: [OrderTerm]) -> [Piece] {
        var pieces: [Piece] = []
        for term in terms {
            if !pieces.isEmpty { pieces.append(.text(", ")) }
            pieces.append(.node(term.node, .lowest))
            pieces.append(.text((term.isDescending ? " desc" : "") + (term.nulls?.rawValue ?? "")))
        }
        return pieces
    }
}

extension Expr {
    /// How many rows in which it is not NULL.
    public func count(distinct: Bool = false, where condition: (any ConditionExpression)? = nil) -> Expr<Int> {
        Expr<Int>(.aggregate("count", [node], distinct: distinct, where: condition))
    }

    /// NULL when there are no rows.
    public func min(where condition: (any ConditionExpression)? = nil) -> Expr<Value.NonNull?> {
        Expr<Value.NonNull?>(.aggregate("min", [node], where: condition))
    }

    /// NULL when there are no rows.
    public func max(where condition: (any ConditionExpression)? = nil) -> Expr<Value.NonNull?> {
        Expr<Value.NonNull?>(.aggregate("max", [node], where: condition))
    }

    @available(*, unavailable, message: "PostgreSQL has no least and greatest of truth values; see any() and all()")
    public func min(where condition: (any ConditionExpression)? = nil) -> Expr<Bool?> where Value.NonNull == Bool { aggregateIsMissing() }

    @available(*, unavailable, message: "PostgreSQL has no least and greatest of truth values; see any() and all()")
    public func max(where condition: (any ConditionExpression)? = nil) -> Expr<Bool?> where Value.NonNull == Bool { aggregateIsMissing() }

    @available(*, unavailable, message: "PostgreSQL has no min(uuid); sort by the column and take the first row")
    public func min(where condition: (any ConditionExpression)? = nil) -> Expr<Value.NonNull?> where Value.NonNull: UUIDColumnValue {
        aggregateIsMissing()
    }

    @available(*, unavailable, message: "PostgreSQL has no max(uuid); sort by the column and take the first row")
    public func max(where condition: (any ConditionExpression)? = nil) -> Expr<Value.NonNull?> where Value.NonNull: UUIDColumnValue {
        aggregateIsMissing()
    }

    /// All values as an array; NULL when there are no rows.
    public func arrayAggregate(
        distinct: Bool = false, orderBy order: OrderTerm..., where condition: (any ConditionExpression)? = nil
    ) -> Expr<[Value]?> where Value: ColumnArrayElement {
        Expr<[Value]?>(.aggregate("array_agg", [node], distinct: distinct, order: order, where: condition))
    }
}

extension Expr where Value.NonNull: NumericColumnValue {
    /// NULL when there are no rows.
    public func sum(distinct: Bool = false, where condition: (any ConditionExpression)? = nil) -> Expr<Value.NonNull.Sum?> {
        Expr<Value.NonNull.Sum?>(.aggregate("sum", [node], distinct: distinct, where: condition))
    }

    /// NULL when there are no rows.
    public func average(distinct: Bool = false, where condition: (any ConditionExpression)? = nil) -> Expr<Value.NonNull.Average?> {
        Expr<Value.NonNull.Average?>(.aggregate("avg", [node], distinct: distinct, where: condition))
    }
}

extension Expr where Value.NonNull == String {
    /// All values with `separator` between them; NULL when there are no rows.
    public func joined(
        separator: String, distinct: Bool = false, orderBy order: OrderTerm..., where condition: (any ConditionExpression)? = nil
    ) -> Expr<String?> {
        Expr<String?>(.aggregate("string_agg", [node, .value(separator)], distinct: distinct, order: order, where: condition))
    }
}

extension Expr where Value: ConditionValue {
    /// Whether it holds in every row; NULL when there are none.
    public func all(where condition: (any ConditionExpression)? = nil) -> Condition {
        Condition(.aggregate("bool_and", [node], where: condition))
    }

    /// Whether it holds in some row; NULL when there are none.
    public func any(where condition: (any ConditionExpression)? = nil) -> Condition {
        Condition(.aggregate("bool_or", [node], where: condition))
    }
}

private func aggregateIsMissing() -> Never { preconditionFailure("unavailable") }

/// A value whose column is a `uuid`.
public protocol UUIDColumnValue: ColumnValue {}
extension UUIDv7: UUIDColumnValue {}
extension TypeID: UUIDColumnValue {}
