public import JSON
public import PostgresClient
public import Primitives

extension Bool: ColumnValue {
    public typealias NonNull = Bool
    public static var sqlType: SQLType { .bool }
}

extension Int16: ColumnValue {
    public static var sqlType: SQLType { .int2 }
}

extension Int32: ColumnValue {
    public static var sqlType: SQLType { .int4 }
}

extension Int64: ColumnValue {
    public static var sqlType: SQLType { .int8 }
}

extension Int: ColumnValue {
    public static var sqlType: SQLType { .int8 }
}

extension Float: ColumnValue {
    public static var sqlType: SQLType { .float4 }
}

extension Double: ColumnValue {
    public static var sqlType: SQLType { .float8 }
}

extension String: ColumnValue {
    public static var sqlType: SQLType { .text }
}

extension PostgresNumeric: ColumnValue {
    public static var sqlType: SQLType { .numeric }
}

extension PostgresDate: ColumnValue {
    public static var sqlType: SQLType { .date }
}

extension PostgresInterval: ColumnValue {
    public static var sqlType: SQLType { .interval }
}

extension Timestamp: ColumnValue {
    public static var sqlType: SQLType { .timestamptz }
}

extension UUIDv7: ColumnValue {
    public static var sqlType: SQLType { .uuid }
}

extension TypeID: SQLValue, ColumnValue, ColumnArrayElement {
    public static var sqlType: SQLType { .uuid }
}

extension JSONValue: ColumnValue {
    public static var sqlType: SQLType { .jsonb }
}

extension RawJSON: ColumnValue {
    public static var sqlType: SQLType { .jsonb }
}

/// `Bool` and `Bool?`: what can be a condition.
public protocol ConditionValue: SQLValue where NonNull == Bool {}
extension Bool: ConditionValue {}
extension Optional: ConditionValue where Wrapped == Bool {}
