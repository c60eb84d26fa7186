/// The values bound to a statement, already in the form they travel in: one buffer for all of them.
public struct PostgresParameters: Hashable, Sendable {
    /// One OID a parameter; 0 where the server infers the type.
    public private(set) var types: [UInt32] = []
    /// One length a parameter, in bytes; -1 is NULL.
    private(set) var lengths: [Int32] = []
    private(set) var bytes: [UInt8] = []

    public init() {}

    public var count: Int { types.count }
    public var isEmpty: Bool { types.isEmpty }

    public mutating func append<T: PostgresEncodable>(_ value: T) {
        let start = bytes.count
        value.encode(into: &bytes)
        types.append(T.postgresType.rawValue)
        if T.postgresType == .inferred { terminateText(from: start) }
        // A single value beyond PostgreSQL's limit of 1 GiB is refused by the server, long before Int32 ends.
        lengths.append(Int32(clamping: bytes.count - start))
    }

    public mutating func append<T: PostgresEncodable>(_ value: T?) {
        guard let value else { return appendNull(T.postgresType) }
        append(value)
    }

    public mutating func appendNull(_ type: PostgresType = .inferred) {
        types.append(type.rawValue)
        lengths.append(-1)
    }

    /// libpq takes text up to its first zero byte, not by its length. A zero inside would cut the value short; a byte that is not UTF-8
    /// in its place makes the server refuse it, as it refuses zeros in binary text.
    private mutating func terminateText(from start: Int) {
        for index in start..<bytes.count where bytes[index] == 0 { bytes[index] = 0xFF }
        bytes.append(0)
    }

    /// Lends the bytes of all values, one after the other.
    func withBytes<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
        bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress else { return withUnsafePointer(to: 0, body) }
            return body(start.assumingMemoryBound(to: CChar.self))
        }
    }

    public mutating func append(contentsOf other: PostgresParameters) {
        types.append(contentsOf: other.types)
        lengths.append(contentsOf: other.lengths)
        bytes.append(contentsOf: other.bytes)
    }
}

/// Shows types and sizes only: values stay out of logs.
extension PostgresParameters: CustomStringConvertible {
    public var description: String {
        let entries = zip(types, lengths).map { type, length in
            "\(PostgresType(rawValue: type)) " + (length < 0 ? "NULL" : "(\(length) bytes)")
        }
        return "[" + entries.joined(separator: ", ") + "]"
    }
}
