public import PostgresClient

/// Numbers that SQL calculates with.
public protocol NumericColumnValue: ColumnValue {
    /// What `sum` gives.
    associatedtype Sum: ColumnValue
    /// What `avg` gives.
    associatedtype Average: ColumnValue
}

extension Int16: NumericColumnValue {
    public typealias Sum = Int
    public typealias Average = PostgresNumeric
}
extension Int32: NumericColumnValue {
    public typealias Sum = Int
    public typealias Average = PostgresNumeric
}
extension Int64: NumericColumnValue {
    public typealias Sum = PostgresNumeric
    public typealias Average = PostgresNumeric
}
extension Int: NumericColumnValue {
    public typealias Sum = PostgresNumeric
    public typealias Average = PostgresNumeric
}
extension Float: NumericColumnValue {
    public typealias Sum = Float
    public typealias Average = Double
}
extension Double: NumericColumnValue {
    public typealias Sum = Double
    public typealias Average = Double
}
extension PostgresNumeric: NumericColumnValue {
    public typealias Sum = PostgresNumeric
    public typealias Average = PostgresNumeric
}

public func + <L: SQLValue>(left: Expr<L>, right: L.NonNull) -> Expr<L> where L.NonNull: NumericColumnValue {
    Expr<L>(.infix(" + ", .sum, left.node, .value(right)))
}
public func + <V: SQLValue>(left: Expr<V>, right: Expr<V>) -> Expr<V> where V.NonNull: NumericColumnValue {
    Expr<V>(.infix(" + ", .sum, left.node, right.node))
}

public func - <L: SQLValue>(left: Expr<L>, right: L.NonNull) -> Expr<L> where L.NonNull: NumericColumnValue {
    Expr<L>(.infix(" - ", .sum, left.node, .value(right)))
}
public func - <V: SQLValue>(left: Expr<V>, right: Expr<V>) -> Expr<V> where V.NonNull: NumericColumnValue {
    Expr<V>(.infix(" - ", .sum, left.node, right.node))
}

public func * <L: SQLValue>(left: Expr<L>, right: L.NonNull) -> Expr<L> where L.NonNull: NumericColumnValue {
    Expr<L>(.infix(" * ", .product, left.node, .value(right)))
}
public func * <V: SQLValue>(left: Expr<V>, right: Expr<V>) -> Expr<V> where V.NonNull: NumericColumnValue {
    Expr<V>(.infix(" * ", .product, left.node, right.node))
}

/// Division of integers cuts off the fraction.
public func / <L: SQLValue>(left: Expr<L>, right: L.NonNull) -> Expr<L> where L.NonNull: NumericColumnValue {
    Expr<L>(.infix(" / ", .product, left.node, .value(right)))
}
public func / <V: SQLValue>(left: Expr<V>, right: Expr<V>) -> Expr<V> where V.NonNull: NumericColumnValue {
    Expr<V>(.infix(" / ", .product, left.node, right.node))
}

public func % <L: SQLValue>(left: Expr<L>, right: L.NonNull) -> Expr<L> where L.NonNull: NumericColumnValue {
    Expr<L>(.infix(" % ", .product, left.node, .value(right)))
}
public func % <V: SQLValue>(left: Expr<V>, right: Expr<V>) -> Expr<V> where V.NonNull: NumericColumnValue {
    Expr<V>(.infix(" % ", .product, left.node, right.node))
}

public prefix func - <V: SQLValue>(operand: Expr<V>) -> Expr<V> where V.NonNull: NumericColumnValue {
    Expr<V>(.pieces([.text("- "), .node(operand.node, .primary)], .sign))
}

extension Expr where Value.NonNull: NumericColumnValue {
    public func absolute() -> Expr { Expr(.call("abs", [node])) }
}
