/// What COPY's binary form of a value becomes where the column was declared with another type than the value's own. An insert leaves that
/// to the server, COPY does not convert.
enum CopyForm {
    case same
    /// A whole number of that many bytes.
    case integer(bytes: Int)
    case float4
    case float8
    /// Without the version that only `jsonb` has.
    case json
    /// An array of an enum's labels, whose type has an OID of its own in each database.
    case labels(elementOID: UInt32)

    /// - Throws: ``CopyTypeError`` where no conversion is known.
    init(of value: SQLType, as declared: SQLType, column: String) throws(CopyTypeError) {
        let texts = ["text", "varchar", "bpchar", "citext", "name"]
        let isText = texts.contains(value.name) && texts.contains(declared.name)
        let integers = ["int2": 2, "int4": 4, "int8": 8]
        switch (value.name, declared.name) {
        case _ where value.isArray != declared.isArray: throw CopyTypeError(column: column, value: value, declared: declared)
        case let (name, declaredName) where name == declaredName || isText: self = .same
        case _ where value.isArray: throw CopyTypeError(column: column, value: value, declared: declared)
        case ("jsonb", "json"): self = .json
        case ("float8", "float4"): self = .float4
        case ("float4", "float8"): self = .float8
        default:
            guard integers[value.name] != nil, let bytes = integers[declared.name] else {
                throw CopyTypeError(column: column, value: value, declared: declared)
            }
            self = .integer(bytes: bytes)
        }
    }

    /// Changes the bytes of a value, which begin at `start`.
    func convert(_ bytes: inout [UInt8], from start: Int, column: String) throws(CopyTypeError) {
        switch self {
        case .same, .labels: break
        case .json: bytes.remove(at: start)
        case .integer(let width):
            let isNegative = bytes[start] & 0x80 != 0
            let number = bytes[start...].reduce(isNegative ? UInt64.max : 0) { $0 << 8 | UInt64($1) }
            let value = Int64(bitPattern: number)
            bytes.removeLast(bytes.count - start)
            switch width {
            case 2: bytes.append(bigEndian: try Self.fit(value, Int16.self, column))
            case 4: bytes.append(bigEndian: try Self.fit(value, Int32.self, column))
            default: bytes.append(bigEndian: value)
            }
        case .float4:
            let value = Double(bitPattern: bytes[start...].reduce(0) { $0 << 8 | UInt64($1) })
            bytes.removeLast(bytes.count - start)
            bytes.append(bigEndian: Float(value).bitPattern)
        case .float8:
            let value = Float(bitPattern: bytes[start...].reduce(0) { $0 << 8 | UInt32($1) })
            bytes.removeLast(bytes.count - start)
            bytes.append(bigEndian: Double(value).bitPattern)
        }
    }

    private static func fit<Number: FixedWidthInteger>(_ value: Int64, _ type: Number.Type, _ column: String) throws(CopyTypeError)
        -> Number
    {
        guard let number = Number(exactly: value) else {
            throw CopyTypeError(column: column, value: .int8, declared: Number.bitWidth == 16 ? .int2 : .int4)
        }
        return number
    }
}

/// A value for COPY does not fit the type that its column was declared with.
public struct CopyTypeError: Error, Sendable, CustomStringConvertible {
    public let column: String
    /// The value's own type.
    public let value: SQLType
    public let declared: SQLType

    public var description: String {
        "COPY cannot make a \(declared) of the \(value) for \"\(column)\": declare the column as \(value), or use insert"
    }
}
