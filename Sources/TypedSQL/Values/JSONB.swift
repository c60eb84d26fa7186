public import PostgresClient

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A `jsonb` column that holds any `Codable` value.
///
/// A stored value that `Value` cannot read is a decoding error. Numbers beyond what `Double` holds exactly lose digits in `JSONDecoder`;
/// use `JSONValue` or `RawJSON` where that matters.
@dynamicMemberLookup
public struct JSONB<Value: Codable & Sendable>: Sendable {
    public var value: Value

    public init(_ value: Value) { self.value = value }

    public subscript<Member>(dynamicMember member: WritableKeyPath<Value, Member>) -> Member {
        get { value[keyPath: member] }
        set { value[keyPath: member] = newValue }
    }
}

extension JSONB: Equatable where Value: Equatable {}
extension JSONB: Hashable where Value: Hashable {}

extension JSONB: PostgresEncodable, PostgresDecodable, PostgresArrayElementEncodable, PostgresArrayElementDecodable {
    public static var postgresType: PostgresType { .jsonb }

    /// A value that JSON cannot write, such as a NaN, is sent as bytes the server refuses with SQLSTATE 22P02.
    public func encode(into bytes: inout [UInt8]) {
        bytes.append(1)  // the version of the binary form
        if let json = try? JSONEncoder().encode(value) { bytes.append(contentsOf: json) }
    }

    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> Self {
        let text = try String.decode(bytes, type: type)
        do {
            return Self(try JSONDecoder().decode(Value.self, from: Data(text.utf8)))
        } catch {
            throw PostgresDecodingError("the stored JSON is no \(Value.self): \(JSONB.place(of: error))")
        }
    }

    /// Where the trouble is, without the values that the decoder may quote.
    private static func place(of error: any Error) -> String {
        let (problem, path): (String, [any CodingKey]) =
            switch error {
            case DecodingError.keyNotFound(let key, let context): ("\"\(key.stringValue)\" is missing", context.codingPath)
            case DecodingError.typeMismatch(let type, let context): ("not a \(type)", context.codingPath)
            case DecodingError.valueNotFound(let type, let context): ("null where a \(type) belongs", context.codingPath)
            case DecodingError.dataCorrupted(let context): ("a value that is not allowed", context.codingPath)
            default: ("unreadable", [])
            }
        let place = path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        return place.isEmpty ? problem : "\(problem) at \(place)"
    }
}

extension JSONB: SQLValue, ColumnValue, ColumnArrayElement {
    public static var sqlType: SQLType { .jsonb }
}
