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
/// `infinity` and `-infinity`. A `timestamp` without time zone is read as UTC, the time zone of every session.
extension Timestamp: PostgresEncodable, PostgresDecodable {
    /// From 1970-01-01 to 2000-01-01.
    private static let epochDistance: Int64 = 946_684_800_000_000

    public static var postgresType: PostgresType { .timestamptz }

    public func encode(into bytes: inout [UInt8]) {
        let (distance, overflow) = microseconds.subtractingReportingOverflow(Timestamp.epochDistance)
        let isInfinite = microseconds == .max || overflow
        bytes.appendBigEndian(isInfinite ? (microseconds < 0 ? Int64.min : .max) : distance)
    }

    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Timestamp {
        guard type == .timestamptz || type == .timestamp else { throw .mismatch(type, Timestamp.self) }
        guard let distance: Int64 = bytes.bigEndian() else { throw .malformed(type, Timestamp.self) }
        if distance == .max || distance == .min { return Timestamp(microseconds: distance) }
        let (microseconds, overflow) = distance.addingReportingOverflow(Timestamp.epochDistance)
        return Timestamp(microseconds: overflow ? .max : microseconds)
    }
}
