/// A piece of SQL that means something: comments and white space are left out.
struct SQLToken: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// A bare name or keyword, in lower case as the server folds it.
        case word
        /// A name in double quotes, without them.
        case quotedName
        /// A string in quotes or dollars: its content.
        case string
        case number
        case symbol
    }

    var kind: Kind
    var text: String
    /// Bytes of the source.
    var range: Range<Int>

    /// Whether it names `name`.
    func isName(_ name: String) -> Bool { (kind == .word || kind == .quotedName) && text == name }
    func isWord(_ word: String) -> Bool { kind == .word && text == word }
    func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }
}

/// Reads SQL as the server's scanner does: quotes, escape strings, dollar quotes, nested comments.
struct SQLLexer {
    let bytes: [UInt8]
    private(set) var position = 0
    /// Line comments met, without the dashes, with the byte where each starts.
    private(set) var comments: [(text: String, offset: Int)] = []

    init(_ text: String) { bytes = Array(text.utf8) }

    static func tokens(_ text: String) -> [SQLToken] {
        var lexer = SQLLexer(text)
        var tokens: [SQLToken] = []
        while let token = lexer.next() { tokens.append(token) }
        return tokens
    }

    mutating func next() -> SQLToken? {
        skipBlank()
        guard position < bytes.count else { return nil }
        let start = position
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "'"): return string(from: start, escapes: false)
        case UInt8(ascii: "\""): return quotedName(from: start)
        case UInt8(ascii: "$"):
            if let token = dollarString(from: start) { return token }
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            while position < bytes.count, isNamePart(bytes[position]) || bytes[position] == UInt8(ascii: ".") { position += 1 }
            return token(.number, start)
        case UInt8(ascii: ":") where peek(1) == byte:
            position += 2
            return token(.symbol, start)
        default: break
        }
        if isNameStart(byte) { return word(from: start) }
        position += 1
        return token(.symbol, start)
    }

    private mutating func word(from start: Int) -> SQLToken {
        let next = peek(1)
        if next == UInt8(ascii: "'"), bytes[start] | 0x20 == UInt8(ascii: "e") {
            position += 1
            return string(from: start, escapes: true)
        }
        while position < bytes.count, isNamePart(bytes[position]) { position += 1 }
        var token = token(.word, start)
        token.text = token.text.lowercased()
        return token
    }

    private mutating func string(from start: Int, escapes: Bool) -> SQLToken {
        var content: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "'") {
                guard peek(1) == byte else { break }
                position += 1
            } else if escapes, byte == UInt8(ascii: "\\"), position + 1 < bytes.count {
                position += 1
            }
            content.append(bytes[position])
            position += 1
        }
        position = min(position + 1, bytes.count)
        return SQLToken(kind: .string, text: String(decoding: content, as: UTF8.self), range: start..<position)
    }

    private mutating func quotedName(from start: Int) -> SQLToken {
        var content: [UInt8] = []
        position += 1
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "\"") {
                guard peek(1) == UInt8(ascii: "\"") else { break }
                position += 1
            }
            content.append(bytes[position])
            position += 1
        }
        position = min(position + 1, bytes.count)
        return SQLToken(kind: .quotedName, text: String(decoding: content, as: UTF8.self), range: start..<position)
    }

    private mutating func dollarString(from start: Int) -> SQLToken? {
        var end = start + 1
        while end < bytes.count, isNamePart(bytes[end]), bytes[end] != UInt8(ascii: "$") { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "$"), peek(1).map({ !isDigit($0) }) ?? false else { return nil }
        let tag = Array(bytes[start...end])
        let bodyStart = end + 1
        var bodyEnd = bodyStart
        while bodyEnd + tag.count <= bytes.count, !bytes[bodyEnd..<bodyEnd + tag.count].elementsEqual(tag) { bodyEnd += 1 }
        guard bodyEnd + tag.count <= bytes.count else { return nil }
        position = bodyEnd + tag.count
        return SQLToken(kind: .string, text: String(decoding: bytes[bodyStart..<bodyEnd], as: UTF8.self), range: start..<position)
    }

    private mutating func skipBlank() {
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: " ") || (9...13).contains(byte) {
                position += 1
            } else if byte == UInt8(ascii: "-"), peek(1) == byte {
                let start = position
                while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
                comments.append((String(decoding: bytes[(start + 2)..<position], as: UTF8.self), start))
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                skipBlockComment()
            } else {
                return
            }
        }
    }

    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if bytes[position] == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                depth += 1
                position += 2
            } else if bytes[position] == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
                depth -= 1
                position += 2
            } else {
                position += 1
            }
        } while depth > 0 && position < bytes.count
    }

    private func peek(_ distance: Int) -> UInt8? { position + distance < bytes.count ? bytes[position + distance] : nil }

    private func token(_ kind: SQLToken.Kind, _ start: Int) -> SQLToken {
        SQLToken(kind: kind, text: String(decoding: bytes[start..<position], as: UTF8.self), range: start..<position)
    }
}

private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

private func isNameStart(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_") || byte >= 0x80
}

private func isNamePart(_ byte: UInt8) -> Bool { isNameStart(byte) || isDigit(byte) || byte == UInt8(ascii: "$") }
