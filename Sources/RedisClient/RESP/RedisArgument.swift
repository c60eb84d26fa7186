/// One argument of a command: text, bytes or a number. Literals convert by themselves.
public struct RedisArgument: Hashable, Sendable {
    enum Storage: Hashable, Sendable {
        case text(String)
        case bytes([UInt8])
    }

    let storage: Storage

    public init(_ text: String) { storage = .text(text) }
    public init(_ bytes: [UInt8]) { storage = .bytes(bytes) }
    public init(_ number: Int) { storage = .text(String(number)) }
    public init(_ number: Int64) { storage = .text(String(number)) }
    /// The shortest decimal text that reads back as the same number.
    public init(_ number: Double) { storage = .text(number.description) }
}

extension RedisArgument: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self.init(value) }
}

extension RedisArgument: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) { self.init(value) }
}

/// A command with its arguments, for ``Redis/pipeline(_:timeout:)``.
public struct RedisCommand: Hashable, Sendable {
    public var name: String
    public var arguments: [RedisArgument]

    public init(_ name: String, _ arguments: RedisArgument...) {
        self.init(name, arguments: arguments)
    }

    public init(_ name: String, arguments: [RedisArgument]) {
        self.name = name
        self.arguments = arguments
    }
}
