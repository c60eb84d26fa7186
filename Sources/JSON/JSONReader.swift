/// A strict RFC 8259 reader over bytes in memory: no comments, no trailing commas, no duplicate names, no lone surrogates, UTF-8 checked.
struct JSONReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let limits: JSONLimits
    private(set) var offset = 0
    private var valuesRead = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) throws(JSONError) {
        self.bytes = bytes
        self.limits = limits
        guard bytes.count <= limits.size else { throw JSONError(code: .tooLarge, offset: limits.size) }
    }

    // MARK: - Values

    mutating func readDocument() throws(JSONError) -> JSONValue {
        let value = try readValue(depth: 0)
        try expectEnd()
        return value
    }

    mutating func readValue(depth: Int) throws(JSONError) -> JSONValue {
        try count()
        switch try nextToken() {
        case UInt8(ascii: "{"):
            var object = JSONObject()
            try readMembers(depth: depth) { (reader, name, nameOffset) throws(JSONError) in
                guard !object.contains(name) else { throw JSONError(code: .duplicateKey, offset: nameOffset) }
                object.append(name, try reader.readValue(depth: depth + 1))
            }
            return .object(object)
        case UInt8(ascii: "["):
            var array: [JSONValue] = []
            try readElements(depth: depth) { (reader) throws(JSONError) in array.append(try reader.readValue(depth: depth + 1)) }
            return .array(array)
        case UInt8(ascii: "\""): return .string(try readString())
        case UInt8(ascii: "t"): return try readWord("true", as: .bool(true))
        case UInt8(ascii: "f"): return try readWord("false", as: .bool(false))
        case UInt8(ascii: "n"): return try readWord("null", as: .null)
        case UInt8(ascii: "-"), 48...57:
            let range = try readNumber()
            return .number(JSONNumber(validated: String(decoding: bytes[range], as: UTF8.self)))
        default: throw JSONError(code: .unexpectedCharacter, offset: offset)
        }
    }

    /// Checks one value without building it; the range of its bytes, white space around it excluded.
    mutating func skipValue(depth: Int) throws(JSONError) -> Range<Int> {
        try count()
        let first = try nextToken()
        let start = offset
        switch first {
        case UInt8(ascii: "{"):
            var names: Set<String> = []
            try readMembers(depth: depth) { (reader, name, nameOffset) throws(JSONError) in
                guard names.insert(name).inserted else { throw JSONError(code: .duplicateKey, offset: nameOffset) }
                _ = try reader.skipValue(depth: depth + 1)
            }
        case UInt8(ascii: "["):
            try readElements(depth: depth) { (reader) throws(JSONError) in _ = try reader.skipValue(depth: depth + 1) }
        case UInt8(ascii: "\""): _ = try readString()
        case UInt8(ascii: "t"): _ = try readWord("true", as: .null)
        case UInt8(ascii: "f"): _ = try readWord("false", as: .null)
        case UInt8(ascii: "n"): _ = try readWord("null", as: .null)
        case UInt8(ascii: "-"), 48...57: _ = try readNumber()
        default: throw JSONError(code: .unexpectedCharacter, offset: offset)
        }
        return start..<offset
    }

    /// Reads `{ … }`, calling `body` at each member's value.
    mutating func readMembers(
        depth: Int, _ body: (inout JSONReader, String, Int) throws(JSONError) -> Void
    ) throws(JSONError) {
        try enter(depth)
        if try nextToken() == UInt8(ascii: "}") {
            offset += 1
            return
        }
        while true {
            guard try nextToken() == UInt8(ascii: "\"") else { throw JSONError(code: .unexpectedCharacter, offset: offset) }
            let nameOffset = offset
            let name = try readString()
            guard try nextToken() == UInt8(ascii: ":") else { throw JSONError(code: .unexpectedCharacter, offset: offset) }
            offset += 1
            try body(&self, name, nameOffset)
            if try readSeparator(closing: UInt8(ascii: "}")) { return }
        }
    }

    private mutating func readElements(depth: Int, _ body: (inout JSONReader) throws(JSONError) -> Void) throws(JSONError) {
        try enter(depth)
        if try nextToken() == UInt8(ascii: "]") {
            offset += 1
            return
        }
        while true {
            try body(&self)
            if try readSeparator(closing: UInt8(ascii: "]")) { return }
        }
    }

    // MARK: - Tokens

    /// Moves past white space to the next byte and returns it without consuming it.
    mutating func nextToken() throws(JSONError) -> UInt8 {
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            offset += 1
        }
        throw JSONError(code: .unexpectedEnd, offset: offset)
    }

    mutating func expectEnd() throws(JSONError) {
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else {
                throw JSONError(code: .trailingContent, offset: offset)
            }
            offset += 1
        }
    }

    private mutating func enter(_ depth: Int) throws(JSONError) {
        guard depth < limits.depth else { throw JSONError(code: .tooDeep, offset: offset) }
        offset += 1
    }

    private mutating func count() throws(JSONError) {
        valuesRead += 1
        guard valuesRead <= limits.values else { throw JSONError(code: .tooManyMembers, offset: offset) }
    }

    /// Consumes a comma (false) or the closing bracket (true).
    private mutating func readSeparator(closing: UInt8) throws(JSONError) -> Bool {
        let byte = try nextToken()
        guard byte == closing || byte == UInt8(ascii: ",") else { throw JSONError(code: .unexpectedCharacter, offset: offset) }
        offset += 1
        return byte == closing
    }

    private mutating func readWord(_ word: StaticString, as value: JSONValue) throws(JSONError) -> JSONValue {
        let end = offset + word.utf8CodeUnitCount
        guard end <= bytes.count else { throw JSONError(code: .unexpectedEnd, offset: bytes.count) }
        for index in 0..<word.utf8CodeUnitCount where bytes[offset + index] != word.utf8Start[index] {
            throw JSONError(code: .unexpectedCharacter, offset: offset + index)
        }
        offset = end
        return value
    }

    private mutating func readNumber() throws(JSONError) -> Range<Int> {
        let start = offset
        if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
        let leading = offset
        guard skipDigits() > 0 else { throw JSONError(code: .invalidNumber, offset: start) }
        if bytes[leading] == UInt8(ascii: "0"), offset - leading > 1 { throw JSONError(code: .invalidNumber, offset: start) }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            guard skipDigits() > 0 else { throw JSONError(code: .invalidNumber, offset: start) }
        }
        if offset < bytes.count, bytes[offset] | 32 == UInt8(ascii: "e") {
            offset += 1
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") { offset += 1 }
            guard skipDigits() > 0 else { throw JSONError(code: .invalidNumber, offset: start) }
        }
        return start..<offset
    }

    private mutating func skipDigits() -> Int {
        let start = offset
        while offset < bytes.count, bytes[offset] >= 48, bytes[offset] <= 57 { offset += 1 }
        return offset - start
    }

    // MARK: - Strings

    private mutating func readString() throws(JSONError) -> String {
        offset += 1
        let start = offset
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                let text = try decodeUTF8(start..<offset)
                offset += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try readEscapedString(from: start) }
            guard byte >= 0x20 else { throw JSONError(code: .controlCharacter, offset: offset) }
            offset += 1
        }
        throw JSONError(code: .unexpectedEnd, offset: offset)
    }

    private mutating func readEscapedString(from start: Int) throws(JSONError) -> String {
        var text = try decodeUTF8(start..<offset)
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                offset += 1
                return text
            }
            if byte == UInt8(ascii: "\\") {
                text.unicodeScalars.append(try readEscape())
                continue
            }
            let runStart = offset
            while offset < bytes.count, bytes[offset] != UInt8(ascii: "\""), bytes[offset] != UInt8(ascii: "\\") {
                guard bytes[offset] >= 0x20 else { throw JSONError(code: .controlCharacter, offset: offset) }
                offset += 1
            }
            text += try decodeUTF8(runStart..<offset)
        }
        throw JSONError(code: .unexpectedEnd, offset: offset)
    }

    private mutating func readEscape() throws(JSONError) -> Unicode.Scalar {
        let start = offset
        guard offset + 1 < bytes.count else { throw JSONError(code: .unexpectedEnd, offset: bytes.count) }
        let kind = bytes[offset + 1]
        offset += 2
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(kind)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw JSONError(code: .invalidEscape, offset: start)
        }
        var unit = try readHexUnit(escapeStart: start)
        if (0xD800..<0xDC00).contains(unit) {
            guard offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u") else {
                throw JSONError(code: .invalidEscape, offset: start)
            }
            offset += 2
            let low = try readHexUnit(escapeStart: start)
            guard (0xDC00..<0xE000).contains(low) else { throw JSONError(code: .invalidEscape, offset: start) }
            unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(unit) else { throw JSONError(code: .invalidEscape, offset: start) }
        return scalar
    }

    private mutating func readHexUnit(escapeStart: Int) throws(JSONError) -> UInt32 {
        guard offset + 4 <= bytes.count else { throw JSONError(code: .unexpectedEnd, offset: bytes.count) }
        var unit: UInt32 = 0
        for byte in bytes[offset..<offset + 4] {
            switch byte {
            case 48...57: unit = unit << 4 | UInt32(byte - 48)
            case 97...102: unit = unit << 4 | UInt32(byte - 87)
            case 65...70: unit = unit << 4 | UInt32(byte - 55)
            default: throw JSONError(code: .invalidEscape, offset: escapeStart)
            }
        }
        offset += 4
        return unit
    }

    private func decodeUTF8(_ range: Range<Int>) throws(JSONError) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw JSONError(code: .invalidUTF8, offset: range.lowerBound)
        }
        return text
    }
}
