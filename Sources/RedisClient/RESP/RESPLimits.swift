/// What one reply may consist of at most. More is a broken or hostile stream, which ends the connection.
struct RESPLimits: Sendable {
    /// Bytes on the wire; a single string cannot be longer either. Redis itself allows strings of 512 MiB.
    var bytes: Int
    /// Values, at all levels together.
    var values: Int
    /// Aggregates inside one another.
    var depth: Int
    /// Bytes of a status, an error or a number.
    var line: Int

    static let standard = RESPLimits(bytes: 1 << 30, values: 1 << 24, depth: 64, line: 64 * 1024)
}
