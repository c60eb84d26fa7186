/// A value that can be read from a column.
///
/// An enum over `String` or an integer conforms by naming the protocol; an unknown raw value is then a decoding error.
public protocol PostgresDecodable: PostgresArrayElementDecodable {
    /// Reads the binary form. `type` is the column's: a conformance checks it, so that a changed schema fails loudly.
    static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Self

    /// What SQL NULL becomes: an error, except in `Optional`.
    static func decodeNull() throws(PostgresDecodingError) -> Self
}

/// What an array read from PostgreSQL may hold. Conform to ``PostgresDecodable`` instead: this comes with it.
public protocol PostgresArrayElementDecodable {
    static func decodeArray(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> [Self]
}

/// Why bytes did not become a value. Rows add the column's name and turn it into a ``PostgresError``.
public struct PostgresDecodingError: Error, Sendable {
    public var reason: String

    public init(_ reason: String) { self.reason = reason }

    static func mismatch(_ type: PostgresType, _ wanted: Any.Type) -> PostgresDecodingError {
        PostgresDecodingError("a column of type \(type) cannot be read as \(wanted); cast it in the query or change the Swift type")
    }

    static func malformed(_ type: PostgresType, _ wanted: Any.Type) -> PostgresDecodingError {
        PostgresDecodingError("the bytes of a \(type) are not a valid \(wanted)")
    }
}

extension PostgresDecodable {
    public static func decodeNull() throws(PostgresDecodingError) -> Self {
        throw PostgresDecodingError("NULL cannot be read as \(Self.self); use \(Self.self)?")
    }

    public static func decodeArray(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> [Self] {
        var reader = try ArrayReader(bytes, type: type)
        var elements: [Self] = []
        elements.reserveCapacity(reader.count)
        for _ in 0..<reader.count { elements.append(try reader.next(in: bytes)) }
        return elements
    }
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Self {
        guard let value = Self(rawValue: try RawValue.decode(bytes, type: type)) else {
            throw PostgresDecodingError("the stored value is none of \(Self.self)'s")
        }
        return value
    }
}

extension Optional: PostgresDecodable, PostgresArrayElementDecodable where Wrapped: PostgresDecodable {
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Wrapped? {
        try Wrapped.decode(bytes, type: type)
    }

    public static func decodeNull() throws(PostgresDecodingError) -> Wrapped? { nil }
}

extension Array: PostgresDecodable, PostgresArrayElementDecodable where Element: PostgresArrayElementDecodable {
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> [Element] {
        try Element.decodeArray(bytes, type: type)
    }
}

/// `[UInt8]` is a `bytea`, not an array.
extension UInt8: PostgresArrayElementDecodable {
    public static func decodeArray(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> [UInt8] {
        guard type == .bytea else { throw .mismatch(type, [UInt8].self) }
        return bytes.withUnsafeBytes { [UInt8]($0) }
    }
}

/// Walks the binary form of a one-dimensional array: int32 dimensions, has-null, element OID, length, lower bound, then elements.
struct ArrayReader {
    private let element: PostgresType
    private var offset = 20
    let count: Int

    init(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) {
        guard bytes.byteCount >= 12, let dimensions: Int32 = bytes.bigEndian(at: 0), dimensions >= 0,
            let oid: UInt32 = bytes.bigEndian(at: 8)
        else { throw PostgresDecodingError("a column of type \(type) is not an array") }
        guard dimensions <= 1 else { throw PostgresDecodingError("arrays of \(dimensions) dimensions are not supported; unnest them") }
        var count = 0
        if dimensions == 1 {
            // Each element takes at least its length's four bytes, which bounds what a broken count could make us reserve.
            guard let length: Int32 = bytes.bigEndian(at: 12), length >= 0, Int(length) * 4 <= bytes.byteCount - 20 else {
                throw PostgresDecodingError("a column of type \(type) is not an array")
            }
            count = Int(length)
        }
        self.element = PostgresType(rawValue: oid)
        self.count = count
    }

    mutating func next<T: PostgresDecodable>(in bytes: RawSpan) throws(PostgresDecodingError) -> T {
        guard let length: Int32 = bytes.bigEndian(at: offset) else { throw .malformed(element, [T].self) }
        offset += 4
        guard length >= 0 else { return try T.decodeNull() }
        guard Int(length) <= bytes.byteCount - offset else { throw .malformed(element, [T].self) }
        let slice = bytes.extracting(offset..<offset + Int(length))
        offset += Int(length)
        return try T.decode(slice, type: element)
    }
}

extension RawSpan {
    /// The big-endian integer at `offset`, nil when it does not fit.
    func bigEndian<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int = 0, as _: T.Type = T.self) -> T? {
        guard offset >= 0, byteCount - offset >= MemoryLayout<T>.size else { return nil }
        return T(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
    }
}
