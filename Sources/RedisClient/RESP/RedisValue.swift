/// One reply of the server, in the shapes of RESP2 and RESP3.
///
/// The two dialects answer some commands differently (`HGETALL` is a list in one and a map in the other): the accessors, and
/// ``RedisDecodable``, read both alike. Attributes of RESP3, which describe a reply, are read and dropped.
public enum RedisValue: Hashable, Sendable {
    /// No value: RESP2's null bulk string and null array, RESP3's null.
    case null
    /// A status such as `OK`.
    case simpleString(String)
    /// Bytes; usually text, see ``string``.
    case bulkString([UInt8])
    case integer(Int64)
    case double(Double)
    case boolean(Bool)
    /// A whole number of any size, in decimal (RESP3).
    case bigNumber(String)
    /// Text with its format, `txt` or `mkd` (RESP3).
    indirect case verbatimString(format: String, [UInt8])
    case array([RedisValue])
    /// Pairs in the server's order.
    case map([RedisMapEntry])
    case set([RedisValue])
    /// An out-of-band message (RESP3).
    case push([RedisValue])
    /// A command that the server refused. ``Redis/send(_:_:timeout:)`` throws it; inside arrays and pipelines it stays a value.
    case error(RedisServerError)
}

/// One pair of a ``RedisValue/map(_:)``.
public struct RedisMapEntry: Hashable, Sendable {
    public let key: RedisValue
    public let value: RedisValue

    public init(key: RedisValue, value: RedisValue) {
        self.key = key
        self.value = value
    }
}

/// An error reply: an upper-case word and a text, `WRONGTYPE Operation against a key …`.
public struct RedisServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The whole line.
    public let message: String

    public init(message: String) {
        self.message = message
    }

    /// The first word, `ERR`, `WRONGTYPE`, `NOSCRIPT`, …
    public var prefix: String {
        String(message.prefix { $0 != " " })
    }

    public var description: String { message }
}

extension RedisValue {
    /// The text of a string or status, or of a number in decimal; nil for everything else, and for bytes that are not UTF-8.
    public var string: String? {
        switch self {
        case .simpleString(let text): text
        case .bulkString(let bytes), .verbatimString(_, let bytes): String(validating: bytes, as: UTF8.self)
        case .bigNumber(let digits): digits
        case .integer(let number): String(number)
        // As RESP2 would have sent it: a whole number has no point.
        case .double(let number): Int(exactly: number).map { String($0) } ?? String(number)
        case .null, .boolean, .array, .map, .set, .push, .error: nil
        }
    }

    /// The bytes of a string or status.
    public var bytes: [UInt8]? {
        switch self {
        case .simpleString(let text): Array(text.utf8)
        case .bulkString(let bytes), .verbatimString(_, let bytes): bytes
        case .bigNumber(let digits): Array(digits.utf8)
        case .null, .integer, .double, .boolean, .array, .map, .set, .push, .error: nil
        }
    }

    /// A whole number, also one that arrives as text, as values kept in hashes do.
    public var int: Int? {
        switch self {
        case .integer(let number): Int(number)
        case .double(let number): Int(exactly: number)
        case .boolean(let flag): flag ? 1 : 0
        case .simpleString, .bulkString, .verbatimString, .bigNumber: string.flatMap { Int($0) }
        case .null, .array, .map, .set, .push, .error: nil
        }
    }

    /// A number, also one that arrives as text, as scores do.
    public var double: Double? {
        switch self {
        case .double(let number): number
        case .integer(let number): Double(number)
        case .simpleString, .bulkString, .verbatimString, .bigNumber: string.flatMap { Double($0) }
        case .null, .boolean, .array, .map, .set, .push, .error: nil
        }
    }

    /// The elements of an array, set or push; a map's keys and values in turn, as RESP2 would have sent them.
    public var array: [RedisValue]? {
        switch self {
        case .array(let items), .set(let items), .push(let items): items
        case .map(let entries): entries.flatMap { [$0.key, $0.value] }
        case .null, .simpleString, .bulkString, .verbatimString, .bigNumber, .integer, .double, .boolean, .error: nil
        }
    }

    /// Yes or no, also as RESP2 sends it: 1 or 0.
    public var bool: Bool? {
        switch self {
        case .boolean(let flag): flag
        case .integer(1): true
        case .integer(0): false
        case .null, .simpleString, .bulkString, .verbatimString, .bigNumber, .integer, .double, .array, .map, .set, .push, .error: nil
        }
    }

    /// The pairs of a map, or of the list that RESP2 sends in its place; nil for a list of an odd number of elements.
    public var map: [RedisMapEntry]? {
        switch self {
        case .map(let entries): return entries
        case .array(let items) where items.count.isMultiple(of: 2):
            return stride(from: 0, to: items.count, by: 2).map { RedisMapEntry(key: items[$0], value: items[$0 + 1]) }
        case .null, .simpleString, .bulkString, .verbatimString, .bigNumber, .integer, .double, .boolean, .array, .set, .push, .error:
            return nil
        }
    }

    var isPush: Bool {
        if case .push = self { true } else { false }
    }

    public var isNull: Bool {
        if case .null = self { true } else { false }
    }
}
