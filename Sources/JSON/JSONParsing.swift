extension JSONValue {
    /// Reads one JSON text, white space around it allowed.
    public init(parsing bytes: some Collection<UInt8>, limits: JSONLimits = .default) throws(JSONError) {
        self = try JSONReader.withBytes(bytes, limits: limits) { (reader) throws(JSONError) in try reader.readDocument() }
    }

    public init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }
}

/// Valid JSON, kept as the bytes it was written with.
public struct RawJSON: Hashable, Sendable, CustomStringConvertible {
    public let bytes: [UInt8]

    /// Checks that `bytes` hold one JSON value; they are kept as they are.
    public init(validating bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        _ = try JSONReader.withBytes(bytes, limits: limits) { (reader) throws(JSONError) in
            try reader.skipValue()
            try reader.expectEnd()
        }
        self.bytes = bytes
    }

    public init(_ value: JSONValue) { self.bytes = value.bytes() }

    /// For text that is known to be JSON, such as the database's own.
    public init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    public var description: String { text }
}

/// The members of one JSON object, each value as the bytes received: for a body of which one part is passed on verbatim.
public struct RawJSONObject: Sendable {
    /// In the order of the text.
    public let members: [(name: String, value: RawJSON)]

    /// Throws `.unexpectedCharacter` at byte 0 when the text is valid JSON but not an object.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        members = try JSONReader.withBytes(bytes, limits: limits) { (reader) throws(JSONError) in
            var members: [(name: String, value: RawJSON)] = []
            var names: Set<String> = []
            guard try reader.nextToken() == UInt8(ascii: "{") else {
                try reader.skipValue()
                try reader.expectEnd()
                throw JSONError(code: .unexpectedCharacter, offset: 0)
            }
            try reader.readMembers { (reader, name, nameOffset) throws(JSONError) in
                guard names.insert(name).inserted else { throw JSONError(code: .duplicateKey, offset: nameOffset) }
                let range = try reader.skipValue()
                members.append((name, RawJSON(unchecked: Array(bytes[range]))))
            }
            try reader.expectEnd()
            return members
        }
    }

    public subscript(name: String) -> RawJSON? { members.first { $0.name == name }?.value }
}
