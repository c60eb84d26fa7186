public import Primitives

extension UUIDv7: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .uuid }

    public func encode(into bytes: inout [UInt8]) {
        bytes.appendBigEndian(high)
        bytes.appendBigEndian(low)
    }

    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> UUIDv7 {
        guard type == .uuid else { throw .mismatch(type, UUIDv7.self) }
        guard bytes.byteCount == 16, let high: UInt64 = bytes.bigEndian(at: 0), let low: UInt64 = bytes.bigEndian(at: 8) else {
            throw .malformed(type, UUIDv7.self)
        }
        return UUIDv7(high: high, low: low)
    }
}

extension TypeID: PostgresEncodable, PostgresDecodable, PostgresArrayElementEncodable, PostgresArrayElementDecodable {
    public static var postgresType: PostgresType { .uuid }
    public func encode(into bytes: inout [UInt8]) { uuid.encode(into: &bytes) }

    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Self {
        guard type == .uuid else { throw .mismatch(type, Self.self) }
        return Self(uuid: try UUIDv7.decode(bytes, type: type))
    }
}

/// `timestamptz`: the distance from 2000-01-01 in microseconds, so nothing is rounded. The greatest and least values stand for
/// `infinity` and `-infinity`, and nothing else becomes one of them: a time out of range is an error, on the way in the server's.
/// A `timestamp` without time zone is read as UTC, the time zone of every session.
extension Timestamp: PostgresEncodable, PostgresDecodable {
    /// PostgreSQL's `infinity`, later than every time.
    public static var postgresInfinity: Timestamp { Timestamp(microseconds: .max) }
    /// PostgreSQL's `-infinity`, earlier than every time.
    public static var postgresNegativeInfinity: Timestamp { Timestamp(microseconds: .min) }

    /// From 1970-01-01 to 2000-01-01.
    private static let epochDistance: Int64 = 946_684_800_000_000

    public static var postgresType: PostgresType { .timestamptz }

    public func encode(into bytes: inout [UInt8]) {
        if microseconds == .max || microseconds == .min { return bytes.appendBigEndian(microseconds) }
        let (distance, overflow) = microseconds.subtractingReportingOverflow(Timestamp.epochDistance)
        bytes.appendBigEndian(overflow ? .min + 1 : distance)
    }

    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Timestamp {
        guard type == .timestamptz || type == .timestamp else { throw .mismatch(type, Timestamp.self) }
        guard let distance: Int64 = bytes.bigEndian() else { throw .malformed(type, Timestamp.self) }
        if distance == .max || distance == .min { return Timestamp(microseconds: distance) }
        let (microseconds, overflow) = distance.addingReportingOverflow(Timestamp.epochDistance)
        guard !overflow else { throw PostgresDecodingError("the \(type) is too late for a Timestamp, which ends in the year 294247") }
        return Timestamp(microseconds: microseconds)
    }
}
