extension JSONReader {
    /// Checks that one JSON value of RFC 8259's grammar in valid UTF-8 is next, and no more: for a value that is passed on as it came.
    ///
    /// Unlike ``skipValue()`` it takes what readers of JSON may disagree about: member names that are equal, escapes of single surrogates as
    /// JavaScript writes them, and nesting of any depth. It is a loop, so the depth costs one bit a level and no stack. Of the limits only the
    /// size of the whole text counts.
    ///
    /// - Returns: the range of the value's bytes, white space around it excluded.
    @discardableResult
    public mutating func skipVerbatim() throws(JSONError) -> Range<Int> {
        _ = try nextToken()
        let start = offset
        var open = Brackets()
        while true {
            // At the beginning of a value.
            switch try nextToken() {
            case UInt8(ascii: "{"):
                offset += 1
                if try nextToken() == UInt8(ascii: "}") {
                    offset += 1
                } else {
                    open.push(isObject: true)
                    try skipVerbatimName()
                    continue
                }
            case UInt8(ascii: "["):
                offset += 1
                if try nextToken() == UInt8(ascii: "]") {
                    offset += 1
                } else {
                    open.push(isObject: false)
                    continue
                }
            case UInt8(ascii: "\""): try skipVerbatimString()
            case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try readBool()
            case UInt8(ascii: "n"): try readNull()
            case UInt8(ascii: "-"), 48...57: _ = try readNumber()
            default: throw JSONError(code: .unexpectedCharacter, offset: offset)
            }
            // Behind a value: what it stands in goes on, or ends too.
            while let isObject = open.innermostIsObject {
                let byte = try nextToken()
                offset += 1
                if byte == UInt8(ascii: ",") {
                    if isObject { try skipVerbatimName() }
                    break
                }
                guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw JSONError(code: .unexpectedCharacter, offset: offset - 1)
                }
                open.pop()
            }
            if open.isEmpty { return start..<offset }
        }
    }

    private mutating func skipVerbatimName() throws(JSONError) {
        guard try nextToken() == UInt8(ascii: "\"") else { throw JSONError(code: .unexpectedCharacter, offset: offset) }
        try skipVerbatimString()
        try expectColon()
    }

    private mutating func skipVerbatimString() throws(JSONError) {
        offset += 1
        while true {
            let run = plainRun(from: offset)
            if !run.isASCII { try checkUTF8(offset..<run.end) }
            offset = run.end
            guard offset < end else { throw JSONError(code: .unexpectedEnd, offset: end) }
            switch base[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return
            case UInt8(ascii: "\\"): try skipVerbatimEscape()
            default: throw JSONError(code: .controlCharacter, offset: offset)
            }
        }
    }

    private mutating func skipVerbatimEscape() throws(JSONError) {
        let start = offset
        guard offset + 1 < end else { throw JSONError(code: .unexpectedEnd, offset: end) }
        let kind = base[offset + 1]
        offset += 2
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            return
        case UInt8(ascii: "u"): _ = try readHexUnit(escapeStart: start)
        default: throw JSONError(code: .invalidEscape, offset: start)
        }
    }
}

/// Which of the brackets that are open are braces, one bit each.
private struct Brackets {
    private var words: [UInt64] = []
    /// The innermost 64 or fewer.
    private var top: UInt64 = 0
    private var count = 0

    var isEmpty: Bool { count == 0 }

    /// nil when none is open.
    var innermostIsObject: Bool? { count == 0 ? nil : top & 1 == 1 }

    mutating func push(isObject: Bool) {
        if count > 0, count % 64 == 0 {
            words.append(top)
            top = 0
        }
        top = top << 1 | (isObject ? 1 : 0)
        count += 1
    }

    mutating func pop() {
        top >>= 1
        count -= 1
        if count > 0, count % 64 == 0, let word = words.popLast() { top = word }
    }
}
