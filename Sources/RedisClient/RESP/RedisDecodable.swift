/// A Swift type that a reply can be read as, whichever dialect it came in.
///
///     let name = try await redis.send("GET", "name", as: String?.self)
///     let user = try await redis.send("HGETALL", "user", as: [String: String].self)
public protocol RedisDecodable: Sendable {
    /// - Throws: ``RedisError`` with ``RedisError/Code/unexpectedReply`` when `reply` has another shape. Values are never in its text.
    init(reply: RedisValue) throws(RedisError)
}

extension RedisValue {
    /// The reply as a `T`. An error inside it is thrown.
    public func decode<T: RedisDecodable>(as type: T.Type = T.self) throws(RedisError) -> T {
        if case .error(let error) = self { throw RedisError(server: error) }
        return try T(reply: self)
    }

    fileprivate func required<T>(_ value: T?, _ expected: String) throws(RedisError) -> T {
        if let value { return value }
        throw RedisError(.unexpectedReply, "the reply is \(shape), and \(expected) was expected")
    }

    private var shape: String {
        switch self {
        case .null: "null"
        case .simpleString, .bulkString, .verbatimString: "a string"
        case .integer, .double, .bigNumber: "a number"
        case .boolean: "a truth value"
        case .array, .set, .push: "a list"
        case .map: "a map"
        case .error: "an error"
        }
    }
}

extension RedisValue: RedisDecodable {
    public init(reply: RedisValue) { self = reply }
}

extension String: RedisDecodable {
    public init(reply: RedisValue) throws(RedisError) { self = try reply.required(reply.string, "UTF-8 text") }
}

extension Int: RedisDecodable {
    public init(reply: RedisValue) throws(RedisError) { self = try reply.required(reply.int, "a whole number") }
}

extension Double: RedisDecodable {
    public init(reply: RedisValue) throws(RedisError) { self = try reply.required(reply.double, "a number") }
}

extension Bool: RedisDecodable {
    public init(reply: RedisValue) throws(RedisError) { self = try reply.required(reply.bool, "a truth value, or 1 or 0") }
}

/// Bytes as they are, for values that are not text.
public struct RedisBytes: RedisDecodable, Hashable {
    public let bytes: [UInt8]
    public init(reply: RedisValue) throws(RedisError) { bytes = try reply.required(reply.bytes, "a string") }
}

extension Optional: RedisDecodable where Wrapped: RedisDecodable {
    /// Nil for null, that is, for what does not exist.
    public init(reply: RedisValue) throws(RedisError) { self = reply.isNull ? nil : try reply.decode(as: Wrapped.self) }
}

extension Array: RedisDecodable where Element: RedisDecodable {
    public init(reply: RedisValue) throws(RedisError) {
        self = []
        for item in try reply.required(reply.array, "a list") { append(try item.decode()) }
    }
}

extension Set: RedisDecodable where Element: RedisDecodable {
    public init(reply: RedisValue) throws(RedisError) { self = Set(try reply.decode(as: [Element].self)) }
}

extension Dictionary: RedisDecodable where Key: RedisDecodable, Value: RedisDecodable {
    public init(reply: RedisValue) throws(RedisError) {
        self = [:]
        for entry in try reply.required(reply.map, "a map") { self[try entry.key.decode()] = try entry.value.decode() }
    }
}

/// Members with their scores in the server's order, as `ZRANGE … WITHSCORES` and `ZPOPMIN` answer: RESP2 sends them in turn, RESP3 in pairs.
public struct RedisScores: RedisDecodable, Hashable {
    /// One member and its score.
    public struct Entry: Sendable, Hashable {
        public let member: RedisValue
        public let score: Double
    }

    public let entries: [Entry]

    public init(reply: RedisValue) throws(RedisError) {
        var items = try reply.required(reply.array, "members with scores")
        if case .array? = items.first { items = items.flatMap { $0.array ?? [] } }
        _ = try reply.required(items.count.isMultiple(of: 2) ? items : nil, "members with scores")
        var entries: [Entry] = []
        for index in stride(from: 0, to: items.count, by: 2) {
            entries.append(Entry(member: items[index], score: try items[index + 1].decode()))
        }
        self.entries = entries
    }
}
