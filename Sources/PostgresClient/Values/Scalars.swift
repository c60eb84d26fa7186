extension Bool: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .bool }
    public func encode(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }

    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Bool {
        guard type == .bool else { throw .mismatch(type, Bool.self) }
        guard let byte: UInt8 = bytes.bigEndian(), bytes.byteCount == 1 else { throw .malformed(type, Bool.self) }
        return byte != 0
    }
}

extension FixedWidthInteger {
    /// Reads `int2`, `int4`, `int8` and `oid` alike; a value that does not fit is an error, never truncated.
    fileprivate static func decodeInteger(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Self {
        let value: Int64?
        switch type {
        case .int8: value = bytes.bigEndian(as: Int64.self)
        case .int4: value = bytes.bigEndian(as: Int32.self).map(Int64.init)
        case .int2: value = bytes.bigEndian(as: Int16.self).map(Int64.init)
        case .oid: value = bytes.bigEndian(as: UInt32.self).map(Int64.init)
        default: throw .mismatch(type, Self.self)
        }
        guard let value else { throw .malformed(type, Self.self) }
        guard let fitting = Self(exactly: value) else { throw PostgresDecodingError("the \(type) does not fit \(Self.self)") }
        return fitting
    }
}

extension Int16: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .int2 }
    public func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(self) }
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Int16 {
        try decodeInteger(bytes, type: type)
    }
}

extension Int32: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .int4 }
    public func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(self) }
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Int32 {
        try decodeInteger(bytes, type: type)
    }
}

extension Int64: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .int8 }
    public func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(self) }
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Int64 {
        try decodeInteger(bytes, type: type)
    }
}

extension Int: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .int8 }
    public func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(Int64(self)) }
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Int {
        try decodeInteger(bytes, type: type)
    }
}

extension Float: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .float4 }
    public func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(bitPattern) }

    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Float {
        guard type == .float4 else { throw .mismatch(type, Float.self) }
        guard let bits: UInt32 = bytes.bigEndian() else { throw .malformed(type, Float.self) }
        return Float(bitPattern: bits)
    }
}

extension Double: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .float8 }
    public func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(bitPattern) }

    /// Reads `float8`, `float4`, and `numeric` to the nearest value.
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Double {
        switch type {
        case .float8:
            guard let bits: UInt64 = bytes.bigEndian() else { throw .malformed(type, Double.self) }
            return Double(bitPattern: bits)
        case .float4: return Double(try Float.decode(bytes, type: type))
        case .numeric: return PostgresNumeric(canonical: try NumericText.decode(bytes)).double
        default: throw .mismatch(type, Double.self)
        }
    }
}
