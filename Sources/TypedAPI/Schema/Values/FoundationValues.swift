public import JSON
import Primitives

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension UUID: SchemaText {
    public init?(schemaText text: String) {
        // Foundation's own parser is ten times slower.
        guard let value = UUIDv7(text) else { return nil }
        let (high, low) = (value.high.bigEndian, value.low.bigEndian)
        self = withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2) { words in
            (words[0], words[1]) = (high, low)
            return UUID(uuid: UnsafeRawPointer(words.baseAddress.unsafelyUnwrapped).loadUnaligned(as: uuid_t.self))
        }
    }
    public var schemaText: String {
        withUnsafeBytes(of: uuid) { bytes in
            UUIDv7(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            ).description
        }
    }
    public func write(to writer: inout JSONWriter) { writer.write(plain: schemaText) }
    public static var schemaForm: TextForm { TextForm("a UUID", format: "uuid") }
}

/// To the microsecond, in UTC.
extension Date: SchemaText {
    public init?(schemaText text: String) {
        guard let time = Timestamp(rfc3339: text) else { return nil }
        self.init(timeIntervalSince1970: Double(time.microseconds) / 1_000_000)
    }
    public var schemaText: String { Timestamp(microseconds: Int64((timeIntervalSince1970 * 1_000_000).rounded())).rfc3339 }
    public func write(to writer: inout JSONWriter) { writer.write(plain: schemaText) }
    public static var schemaForm: TextForm { Timestamp.schemaForm }
}

/// A number or a string on the way in, a string on the way out, and never a `Double` in between.
extension Decimal: SchemaValue {
    public static func read(from reader: inout SchemaReader) throws(JSONError) -> Decimal? {
        let literal: String
        if try reader.json.nextToken() == UInt8(ascii: "\"") {
            literal = try reader.string() ?? ""
        } else {
            guard let number = try reader.numberLiteral() else { return nil }
            literal = number
        }
        guard let exact = ExactDecimal(literal: literal) else {
            reader.fail(.format, "Must be a decimal number, such as 12.50.", ["format": "decimal"])
            return nil
        }
        // What Foundation's type can hold without rounding.
        guard exact.digits.count <= 38, (-127...127).contains(exact.exponent),
            let value = Decimal(string: literal), value.isFinite
        else {
            reader.fail(.range, "Has more digits than can be kept exactly.")
            return nil
        }
        return value
    }

    public func write(to writer: inout JSONWriter) { writer.write(string: description) }

    public static func schema(in catalog: inout SchemaCatalog) -> JSONObject {
        ["type": ["string", "number"], "format": "decimal", "pattern": #"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"#]
    }
}
