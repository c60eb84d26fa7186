extension JSONReader {
    /// Reads the string whose opening quote is next.
    public mutating func readString() throws(JSONError) -> String {
        let start = offset + 1
        let run = plainRun(from: start)
        guard run.end < end else { throw JSONError(code: .unexpectedEnd, offset: end) }
        guard base[run.end] == UInt8(ascii: "\"") else { return try readEscapedString(from: start) }
        try checkLength(start..<run.end)
        let text = try decode(start..<run.end, isASCII: run.isASCII)
        offset = run.end + 1
        return text
    }

    /// Reads the string whose opening quote is next without building it.
    mutating func skipString() throws(JSONError) {
        let start = offset + 1
        let run = plainRun(from: start)
        if run.isASCII, run.end < end, base[run.end] == UInt8(ascii: "\"") {
            try checkLength(start..<run.end)
            offset = run.end + 1
        } else {
            _ = try readString()
        }
    }

    /// Reads a member's name and its colon: the place of the name in `names`, or nil with the name itself when it is none of them.
    ///
    /// - Parameter index: Where the name is looked for first; clients mostly send members in the order they are declared in.
    public mutating func readName(of names: JSONNames, expecting index: Int) throws(JSONError) -> Int? {
        guard try nextToken() == UInt8(ascii: "\"") else { throw JSONError(code: .unexpectedCharacter, offset: offset) }
        if index < names.count {
            let expected = names.entries[index]
            let close = offset + 1 + expected.utf8CodeUnitCount
            // A declared name contains neither quote nor backslash, so that the same bytes and a quote are that name.
            if close < end, base[close] == UInt8(ascii: "\""), names.matches(base + offset + 1, at: index) {
                offset = close + 1
                try expectColon()
                return index
            }
        }
        let start = offset + 1
        let run = plainRun(from: start)
        guard run.end < end, base[run.end] == UInt8(ascii: "\"") else { return nil }
        guard let found = names.index(of: slice(start..<run.end)) else { return nil }
        offset = run.end + 1
        try expectColon()
        return found
    }

    /// Reads a member's name and its colon.
    public mutating func readName() throws(JSONError) -> String {
        guard try nextToken() == UInt8(ascii: "\"") else { throw JSONError(code: .unexpectedCharacter, offset: offset) }
        let name = try readString()
        try expectColon()
        return name
    }

    // MARK: - Runs of characters that stand for themselves

    /// Where the first quote, backslash or control character is, from `start` on, and whether all before it is ASCII.
    func plainRun(from start: Int) -> (end: Int, isASCII: Bool) {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var index = start
        var seen: UInt64 = 0
        while index + 8 <= end {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            // The top bit of a byte that is zero, or less than a space. Above the first hit a borrow may add false ones.
            let stops = ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word) & tops
            if stops != 0 {
                let place = stops.trailingZeroBitCount >> 3
                seen |= word & ~(UInt64.max << UInt64(place * 8))
                return (index + place, seen & tops == 0)
            }
            seen |= word
            index += 8
        }
        var isASCII = seen & tops == 0
        while index < end {
            let byte = base[index]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
            if byte >= 0x80 { isASCII = false }
            index += 1
        }
        return (index, isASCII)
    }

    private func checkLength(_ range: Range<Int>) throws(JSONError) {
        guard range.count <= limits.stringBytes else { throw JSONError(code: .stringTooLong, offset: range.lowerBound - 1) }
    }

    private func decode(_ range: Range<Int>, isASCII: Bool) throws(JSONError) -> String {
        if isASCII { return String(decoding: slice(range), as: UTF8.self) }
        guard let text = String(validating: slice(range), as: UTF8.self) else {
            throw JSONError(code: .invalidUTF8, offset: range.lowerBound)
        }
        return text
    }

    /// Throws unless the bytes are UTF-8.
    func checkUTF8(_ range: Range<Int>) throws(JSONError) {
        guard String(validating: slice(range), as: UTF8.self) != nil else {
            throw JSONError(code: .invalidUTF8, offset: range.lowerBound)
        }
    }

    // MARK: - Escapes

    private mutating func readEscapedString(from start: Int) throws(JSONError) -> String {
        offset = start
        var text = ""
        while true {
            let run = plainRun(from: offset)
            try checkLength(start..<run.end)
            text += try decode(offset..<run.end, isASCII: run.isASCII)
            offset = run.end
            guard offset < end else { throw JSONError(code: .unexpectedEnd, offset: end) }
            switch base[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return text
            case UInt8(ascii: "\\"): text.unicodeScalars.append(try readEscape())
            default: throw JSONError(code: .controlCharacter, offset: offset)
            }
        }
    }

    private mutating func readEscape() throws(JSONError) -> Unicode.Scalar {
        let start = offset
        guard offset + 1 < end else { throw JSONError(code: .unexpectedEnd, offset: end) }
        let kind = base[offset + 1]
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
            guard offset + 1 < end, base[offset] == UInt8(ascii: "\\"), base[offset + 1] == UInt8(ascii: "u") else {
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

    mutating func readHexUnit(escapeStart: Int) throws(JSONError) -> UInt32 {
        guard offset + 4 <= end else { throw JSONError(code: .unexpectedEnd, offset: end) }
        var unit: UInt32 = 0
        for byte in slice(offset..<offset + 4) {
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
}
