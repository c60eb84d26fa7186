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
/// For columns of enums, `citext`, `inet` and other types without a Swift value of their own.
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
