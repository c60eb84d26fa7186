public import JSON
import Primitives

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension UUID: SchemaText {
    public init?(schemaText text: String) {
        guard UUIDv7(text) != nil else { return nil }  // Foundation's own is as strict, and slower to say no
        self.init(uuidString: text)
    }
    public var schemaText: String { uuidString.lowercased() }
    public static var schemaForm: TextForm { TextForm("a UUID", format: "uuid") }
}

/// To the microsecond, in UTC.
extension Date: SchemaText {
    public init?(schemaText text: String) {
        guard let time = Timestamp(rfc3339: text) else { return nil }
        self.init(timeIntervalSince1970: Double(time.microseconds) / 1_000_000)
    }
    public var schemaText: String { Timestamp(microseconds: Int64((timeIntervalSince1970 * 1_000_000).rounded())).rfc3339 }
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
