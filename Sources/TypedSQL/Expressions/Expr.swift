/// A piece of SQL that has a value: a column, a bound value, a call, an operation. `Value` is optional where it may be NULL.
///
/// Expressions come from the columns that a query's closures are given, and from operators and methods on them. Swift values in them
/// are bound as parameters, never spliced into the text.
public struct Expr<Value: SQLValue>: Sendable {
    let node: Node

    init(_ node: Node) { self.node = node }

    /// A column. For code that the macros write.
    public init(_ source: SourceReference, _ name: String) { self.node = .column(source, name) }

    /// The same expression where NULL is allowed.
    public func optional() -> Expr<Value.NonNull?> { Expr<Value.NonNull?>(node) }
}

extension Expr where Value: ColumnValue {
    /// A bound value.
    public init(_ value: Value) { self.node = .value(value) }
}

extension Expr {
    /// A bound value, or NULL.
    public init<Wrapped: ColumnValue>(_ value: Wrapped?) where Value == Wrapped? { self.node = Node(binding: value) }
}

extension Node {
    init<Wrapped: ColumnValue>(binding value: Wrapped?) { self = value.map { .value($0) } ?? .null(Wrapped.self) }
}

/// What WHERE and ON take. NULL counts as false there; elsewhere `isTrue()` makes a plain `Bool` of it.
public typealias Condition = Expr<Bool?>
