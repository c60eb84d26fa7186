public import JSON

/// Sent as `jsonb`. `JSONValue.null` is JSON's null; SQL's NULL is a nil `JSONValue?`.
extension JSONValue: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .jsonb }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(jsonbVersion)
        bytes.append(contentsOf: self.bytes())
    }

    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> JSONValue {
        let text = try RawJSON.decode(bytes, type: type).bytes
        do throws(JSONError) {
            return try JSONValue(parsing: text, limits: JSONLimits(depth: 1000, size: .max, values: .max))
        } catch {
            throw PostgresDecodingError("the stored JSON cannot be read: \(error)")
        }
    }
}

/// Sent as `jsonb`, read from `json` and `jsonb` without parsing.
extension RawJSON: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .jsonb }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(jsonbVersion)
        bytes.append(contentsOf: self.bytes)
    }

    public static func decode(_ bytes: RawSpan, type: PostgresType) throws(PostgresDecodingError) -> RawJSON {
        switch type {
        case .json: return RawJSON(unchecked: bytes.withUnsafeBytes { [UInt8]($0) })
        case .jsonb: return RawJSON(unchecked: bytes.extracting(droppingFirst: try bytes.jsonbTextOffset()).withUnsafeBytes { [UInt8]($0) })
        default: throw .mismatch(type, RawJSON.self)
        }
    }
}

/// The first byte of every binary `jsonb`.
private let jsonbVersion: UInt8 = 1

extension RawSpan {
    /// Where the text of a `jsonb` begins.
    func jsonbTextOffset() throws(PostgresDecodingError) -> Int {
        guard let version: UInt8 = bigEndian(), version == jsonbVersion else {
            throw PostgresDecodingError("the server sent a jsonb of an unknown version")
        }
        return 1
    }
}
