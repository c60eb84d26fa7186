extension JSONReader {
    /// Reads a whole text: one value, and nothing after it.
    mutating func readDocument() throws(JSONError) -> JSONValue {
        let value = try readValue()
        try expectEnd()
        return value
    }

    /// Reads one value of any kind.
    public mutating func readValue() throws(JSONError) -> JSONValue {
        try countValue()
        switch try nextToken() {
        case UInt8(ascii: "{"):
            var object = JSONObject()
            try readMembers { (reader, name, nameOffset) throws(JSONError) in
                guard !object.contains(name) else { throw JSONError(code: .duplicateKey, offset: nameOffset) }
                object.append(name, try reader.readValue())
            }
            return .object(object)
        case UInt8(ascii: "["):
            var array: [JSONValue] = []
            guard try enter(closing: UInt8(ascii: "]")) else { return .array(array) }
            repeat { array.append(try readValue()) } while try nextElement(closing: UInt8(ascii: "]"))
            return .array(array)
        case UInt8(ascii: "\""): return .string(try readString())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try readBool())
        case UInt8(ascii: "n"):
            try readNull()
            return .null
        case UInt8(ascii: "-"), 48...57: return .number(number(in: try readNumber()))
        default: throw JSONError(code: .unexpectedCharacter, offset: offset)
        }
    }

    /// Checks one value without building it; the range of its bytes, white space around it excluded.
    @discardableResult
    public mutating func skipValue() throws(JSONError) -> Range<Int> {
        try countValue()
        let first = try nextToken()
        let start = offset
        switch first {
        case UInt8(ascii: "{"):
            var names: Set<String> = []
            try readMembers { (reader, name, nameOffset) throws(JSONError) in
                guard names.insert(name).inserted else { throw JSONError(code: .duplicateKey, offset: nameOffset) }
                try reader.skipValue()
            }
        case UInt8(ascii: "["):
            guard try enter(closing: UInt8(ascii: "]")) else { break }
            repeat { try skipValue() } while try nextElement(closing: UInt8(ascii: "]"))
        case UInt8(ascii: "\""): try skipString()
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try readBool()
        case UInt8(ascii: "n"): try readNull()
        case UInt8(ascii: "-"), 48...57: _ = try readNumber()
        default: throw JSONError(code: .unexpectedCharacter, offset: offset)
        }
        return start..<offset
    }

    /// Reads `{ … }`, calling `body` at each member's value with its name and where that began.
    mutating func readMembers(_ body: (inout JSONReader, String, Int) throws(JSONError) -> Void) throws(JSONError) {
        guard try enter(closing: UInt8(ascii: "}")) else { return }
        var count = 0
        repeat {
            count += 1
            _ = try nextToken()
            let nameOffset = offset
            guard count <= limits.members else { throw JSONError(code: .tooManyMembers, offset: nameOffset) }
            let name = try readName()
            try body(&self, name, nameOffset)
        } while try nextElement(closing: UInt8(ascii: "}"))
    }
}
