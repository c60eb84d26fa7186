import Primitives

extension String: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .text }
    public func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }

    /// Reads text, varchar, char, name, enums, `json`, `jsonb`, `xml`, `numeric` (all its digits) and `uuid`; cast anything else to text.
    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> String {
        switch type {
        case .numeric: return try NumericText.decode(bytes)
        case .uuid: return try UUIDv7.decode(bytes, type: type).description
        case .jsonb: return try text(bytes.extracting(droppingFirst: try bytes.jsonbTextOffset()), type: type)
        case .void: return ""
        default:
            guard type.isTextual else { throw .mismatch(type, String.self) }
            return try text(bytes, type: type)
        }
    }

    private static func text(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> String {
        guard let text = bytes.withUnsafeBytes({ String(validating: $0, as: UTF8.self) }) else {
            throw .malformed(type, String.self)
        }
        return text
    }
}

/// Text whose type the server infers from its place in the statement, as it does for a quoted literal.
///
/// For columns of enums, `citext`, `numeric`, `inet`, `interval` and other types without a Swift value of their own.
public struct PostgresUntyped: PostgresEncodable, Hashable {
    public let text: String

    public init(_ text: String) { self.text = text }

    public static var postgresType: PostgresType { .inferred }
    public func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: text.utf8) }

    /// An array literal: `{"a","b"}`.
    public static func encodeArray(_ elements: [PostgresUntyped], into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "\""))
            for byte in element.text.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "}"))
    }
}

/// The decimal text of a binary `numeric`: int16 digits, weight, sign, display scale, then digits of base 10,000.
enum NumericText {
    static func decode(_ bytes: RawSpan) throws(PostgresDecodingError) -> String {
        guard let digits: Int16 = bytes.bigEndian(at: 0), let weight: Int16 = bytes.bigEndian(at: 2),
            let sign: UInt16 = bytes.bigEndian(at: 4), let scale: Int16 = bytes.bigEndian(at: 6),
            digits >= 0, bytes.byteCount == 8 + 2 * Int(digits)
        else { throw .malformed(.numeric, String.self) }
        switch sign {
        case 0xC000: return "NaN"
        case 0xD000: return "Infinity"
        case 0xF000: return "-Infinity"
        default: break
        }
        func group(_ index: Int) -> String {
            let value = index >= 0 && index < Int(digits) ? bytes.bigEndian(at: 8 + 2 * index, as: Int16.self) ?? 0 : 0
            let text = String(value)
            return String(repeating: "0", count: max(0, 4 - text.utf8.count)) + text
        }
        var whole = ""
        if weight >= 0 { for index in 0...Int(weight) { whole += group(index) } }
        whole = String(whole.drop { $0 == "0" })
        var text = (sign == 0x4000 ? "-" : "") + (whole.isEmpty ? "0" : whole)
        if scale > 0 {
            var fraction = ""
            var index = Int(weight) + 1
            while fraction.utf8.count < Int(scale) {
                fraction += group(index)
                index += 1
            }
            text += "." + fraction.prefix(Int(scale))
        }
        return text
    }
}
