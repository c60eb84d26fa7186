/// A value that can be bound to `$n`.
///
/// Parameters travel in PostgreSQL's binary form with a declared type, so no quoting or parsing happens on either side.
/// An enum over `String` or an integer conforms by naming the protocol; it is then sent as its raw value.
public protocol PostgresEncodable: PostgresArrayElementEncodable {
    /// The type the parameter is declared with; ``PostgresType/inferred`` sends text and leaves the type to the server.
    static var postgresType: PostgresType { get }

    /// Appends the binary form (the text itself when the type is inferred).
    func encode(into bytes: inout [UInt8])
}

/// What an array sent to PostgreSQL may hold. Conform to ``PostgresEncodable`` instead: this comes with it.
public protocol PostgresArrayElementEncodable: Sendable {
    /// The type an array of these is declared with.
    static var postgresArrayType: PostgresType { get }

    /// Appends the binary form of the whole array.
    static func encodeArray(_ elements: [Self], into bytes: inout [UInt8])
}

extension PostgresEncodable {
    public static var postgresArrayType: PostgresType { postgresType.array }

    public static func encodeArray(_ elements: [Self], into bytes: inout [UInt8]) {
        bytes.appendArrayHeader(count: elements.count, element: postgresType, hasNull: false)
        for element in elements { bytes.appendLengthPrefixed(element) }
    }
}

extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    public static var postgresType: PostgresType { RawValue.postgresType }
    public func encode(into bytes: inout [UInt8]) { rawValue.encode(into: &bytes) }
}

extension Array: PostgresEncodable, PostgresArrayElementEncodable where Element: PostgresArrayElementEncodable {
    public static var postgresType: PostgresType { Element.postgresArrayType }
    public func encode(into bytes: inout [UInt8]) { Element.encodeArray(self, into: &bytes) }
}

extension Optional: PostgresArrayElementEncodable where Wrapped: PostgresEncodable {
    public static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }

    public static func encodeArray(_ elements: [Wrapped?], into bytes: inout [UInt8]) {
        bytes.appendArrayHeader(count: elements.count, element: Wrapped.postgresType, hasNull: elements.contains { $0 == nil })
        for element in elements {
            if let element { bytes.appendLengthPrefixed(element) } else { bytes.appendBigEndian(Int32(-1)) }
        }
    }
}

/// `[UInt8]` is a `bytea`, not an array.
extension UInt8: PostgresArrayElementEncodable {
    public static var postgresArrayType: PostgresType { .bytea }
    public static func encodeArray(_ elements: [UInt8], into bytes: inout [UInt8]) { bytes.append(contentsOf: elements) }
}

extension PostgresType {
    /// The type of arrays of this one; ``inferred`` where it is not built in.
    var array: PostgresType {
        switch self {
        case .bool: .boolArray
        case .bytea: .byteaArray
        case .int2: .int2Array
        case .int4: .int4Array
        case .int8: .int8Array
        case .text: .textArray
        case .float4: .float4Array
        case .float8: .float8Array
        case .date: .dateArray
        case .timestamptz: .timestamptzArray
        case .interval: .intervalArray
        case .numeric: .numericArray
        case .uuid: .uuidArray
        case .jsonb: .jsonbArray
        default: .inferred
        }
    }
}

extension [UInt8] {
    mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    mutating func appendArrayHeader(count: Int, element: PostgresType, hasNull: Bool) {
        appendBigEndian(Int32(count == 0 ? 0 : 1))  // dimensions
        appendBigEndian(Int32(hasNull ? 1 : 0))
        appendBigEndian(element.rawValue)
        guard count > 0 else { return }
        appendBigEndian(Int32(count))
        appendBigEndian(Int32(1))  // lower bound
    }

    mutating func appendLengthPrefixed(_ value: some PostgresEncodable) {
        let start = count
        appendBigEndian(Int32(0))
        value.encode(into: &self)
        let length = UInt32(truncatingIfNeeded: count - start - 4)
        for offset in 0..<4 { self[start + offset] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * offset)) }
    }
}
