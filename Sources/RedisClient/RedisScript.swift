/// A Lua script, known to the server by its SHA-1. Make one a script and keep it: the digest is computed once.
public struct RedisScript: Sendable {
    public let source: String
    /// Forty lower-case hexadecimal digits.
    public let sha: String

    public init(_ source: String) {
        self.source = source
        self.sha = SHA1.hex(source)
    }
}
