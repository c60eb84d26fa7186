/// One reply of the server, as RESP2 sends it, with the extra shapes of RESP3 (double, boolean, map, set, push) already in place.
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
        case .bulkString(let bytes): String(validating: bytes, as: UTF8.self)
        case .integer(let number): String(number)
        case .double(let number): String(number)
        case .null, .boolean, .array, .map, .set, .push, .error: nil
        }
    }

    /// The bytes of a string or status.
    public var bytes: [UInt8]? {
        switch self {
        case .simpleString(let text): Array(text.utf8)
        case .bulkString(let bytes): bytes
        case .null, .integer, .double, .boolean, .array, .map, .set, .push, .error: nil
        }
    }

    /// A whole number, also one that arrives as text, as values kept in hashes do.
    public var int: Int? {
        switch self {
        case .integer(let number): Int(number)
        case .double(let number): Int(exactly: number)
        case .boolean(let flag): flag ? 1 : 0
        case .simpleString, .bulkString: string.flatMap { Int($0) }
        case .null, .array, .map, .set, .push, .error: nil
        }
    }

    /// A number, also one that arrives as text, as scores do.
    public var double: Double? {
        switch self {
        case .double(let number): number
        case .integer(let number): Double(number)
        case .simpleString, .bulkString: string.flatMap { Double($0) }
        case .null, .boolean, .array, .map, .set, .push, .error: nil
        }
    }

    /// The elements of an array, set or push; a map's keys and values in turn, as RESP2 would have sent them.
    public var array: [RedisValue]? {
        switch self {
        case .array(let items), .set(let items), .push(let items): items
        case .map(let entries): entries.flatMap { [$0.key, $0.value] }
        case .null, .simpleString, .bulkString, .integer, .double, .boolean, .error: nil
        }
    }

    public var isNull: Bool {
        if case .null = self { true } else { false }
    }
}
