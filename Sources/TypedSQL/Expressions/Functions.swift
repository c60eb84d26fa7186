public import PostgresClient
public import Primitives

extension Expr {
    /// This, or `value` where this is NULL.
    public func coalesce(_ value: Value.NonNull) -> Expr<Value.NonNull> {
        Expr<Value.NonNull>(.call("coalesce", [node, .value(value)]))
    }

    /// This, or `other` where this is NULL; NULL only where `other` may be.
    public func coalesce<Other: SQLValue>(_ other: Expr<Other>) -> Expr<Other> where Other.NonNull == Value.NonNull {
        Expr<Other>(.call("coalesce", [node, other.node]))
    }

    /// NULL where this equals `value`.
    public func nullIf(_ value: Value.NonNull) -> Expr<Value.NonNull?> { Expr<Value.NonNull?>(.call("nullif", [node, .value(value)])) }

    /// The same, known not to be NULL by other conditions. If it is all the same, reading it is an error.
    public func assumingNotNull() -> Expr<Value.NonNull> { Expr<Value.NonNull>(node) }
}

extension Expr where Value: ColumnValue {
    /// Another type, by the server's conversion.
    public func cast<Other: ColumnValue>(to type: Other.Type) -> Expr<Other> { Expr<Other>(.cast(node, to: type.sqlType)) }
}

extension Expr {
    /// Another type, by the server's conversion.
    public func cast<Wrapped: ColumnValue, Other: ColumnValue>(to type: Other.Type) -> Expr<Other?> where Value == Wrapped? {
        Expr<Other?>(.cast(node, to: type.sqlType))
    }
}

/// NULL of any type.
public func null<Wrapped: ColumnValue>(_ type: Wrapped.Type = Wrapped.self) -> Expr<Wrapped?> { Expr<Wrapped?>(.null(type)) }

/// The greatest of them; NULLs do not count.
public func greatest<Value: SQLValue>(_ first: Expr<Value>, _ rest: Expr<Value>...) -> Expr<Value> {
    Expr<Value>(.call("greatest", [first.node] + rest.map(\.node)))
}

/// The least of them; NULLs do not count.
public func least<Value: SQLValue>(_ first: Expr<Value>, _ rest: Expr<Value>...) -> Expr<Value> {
    Expr<Value>(.call("least", [first.node] + rest.map(\.node)))
}

/// The start of the transaction.
public func now() -> Expr<Timestamp> { Expr<Timestamp>(.text("now()")) }

/// The moment at which the server gets there.
public func clockTimestamp() -> Expr<Timestamp> { Expr<Timestamp>(.text("clock_timestamp()")) }

/// A setting of the session or the transaction; NULL when it is not set.
public func currentSetting(_ name: String) -> Expr<String?> { Expr<String?>(.call("current_setting", [.value(name), .text("true")])) }

/// A part of a time.
public enum TimeUnit: String, Sendable {
    case microsecond, millisecond, second, minute, hour, day, week, month, quarter, year
}

/// A length of time; months and longer are not of fixed length and not offered.
public enum IntervalUnit: String, Sendable {
    case microsecond, millisecond, second, minute, hour, day, week
}

extension Expr where Value.NonNull == Timestamp {
    public static func + (time: Expr, length: Duration) -> Expr { Expr(.infix(" + ", .sum, time.node, .value(PostgresInterval(length)))) }
    public static func - (time: Expr, length: Duration) -> Expr { Expr(.infix(" - ", .sum, time.node, .value(PostgresInterval(length)))) }

    public func adding<Length: SQLValue>(_ interval: Expr<Length>) -> Expr<Timestamp?> where Length.NonNull == PostgresInterval {
        Expr<Timestamp?>(.infix(" + ", .sum, node, interval.node))
    }

    public func subtracting<Length: SQLValue>(_ interval: Expr<Length>) -> Expr<Timestamp?> where Length.NonNull == PostgresInterval {
        Expr<Timestamp?>(.infix(" - ", .sum, node, interval.node))
    }

    /// The time from `earlier` to this.
    public func since<Earlier: SQLValue>(_ earlier: Expr<Earlier>) -> Expr<PostgresInterval?> where Earlier.NonNull == Timestamp {
        Expr<PostgresInterval?>(.infix(" - ", .sum, node, earlier.node))
    }

    /// The beginning of the unit it lies in, in UTC.
    public func truncated(to unit: TimeUnit) -> Expr { Expr(.call("date_trunc", [.text("'\(unit.rawValue)'"), node, .text("'UTC'")])) }
}

extension Expr where Value.NonNull: NumericColumnValue {
    /// That many units as an interval.
    public func interval(_ unit: IntervalUnit) -> Expr<PostgresInterval?> {
        Expr<PostgresInterval?>(.infix(" * ", .product, node, .text("interval '1 \(unit.rawValue)'")))
    }
}
