public import PostgresClient

/// What an expression may be of: a ``ColumnValue``, or an optional one where NULL is possible.
public protocol SQLValue: PostgresDecodable, Sendable {
    /// The same without NULL: what comparisons take.
    associatedtype NonNull: ColumnValue where NonNull.NonNull == NonNull
    static var isNullable: Bool { get }
}

/// A type that a column can have. To add one of your own, conform it to `PostgresEncodable` and `PostgresDecodable` and say
/// which ``SQLType`` it has.
///
/// An enum over `String` or an integer conforms by naming the protocol and is stored as its raw value.
public protocol ColumnValue: SQLValue, PostgresEncodable, ColumnArrayElement where NonNull == Self {
    static var sqlType: SQLType { get }
    /// Values that definitions may allow alone, for a column's CHECK constraint; nil for no such constraint.
    static var allowedValues: [String]? { get }
}

/// What an array column may hold. Conform to ``ColumnValue`` instead: this comes with it.
public protocol ColumnArrayElement: PostgresArrayElementEncodable, PostgresArrayElementDecodable {
    static var sqlArrayType: SQLType { get }
}

extension ColumnValue {
    public static var isNullable: Bool { false }
    public static var sqlArrayType: SQLType { sqlType.array }
    public static var allowedValues: [String]? { nil }
}

extension ColumnValue where Self: RawRepresentable, RawValue: ColumnValue {
    public static var sqlType: SQLType { RawValue.sqlType }
}

extension Optional: SQLValue where Wrapped: ColumnValue {
    public typealias NonNull = Wrapped
    public static var isNullable: Bool { true }
}

/// Elements may be NULL.
extension Optional: ColumnArrayElement where Wrapped: ColumnValue {
    public static var sqlArrayType: SQLType { Wrapped.sqlType.array }
}

extension Array: SQLValue, ColumnValue, ColumnArrayElement where Element: ColumnArrayElement & Sendable {
    public static var sqlType: SQLType { Element.sqlArrayType }
}

/// `[UInt8]` is a `bytea`, not an array.
extension UInt8: ColumnArrayElement {
    public static var sqlArrayType: SQLType { .bytea }
}

extension PostgresArrayElementEncodable where Self: ColumnValue {
    static var travelsInArrays: Bool { postgresType == .inferred ? !sqlType.isArray : postgresArrayType != .inferred }
}
