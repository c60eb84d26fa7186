/// One statement of a script, with where it stands.
struct SQLStatement: Hashable, Sendable {
    /// Without the semicolon and the comments in front of it.
    var text: String
    /// Of its first word, from 1.
    var line: Int
    var tokens: [SQLToken]
    /// A line `-- step` stands in front of it: what came before is committed first.
    var beginsStep = false
    /// A line `-- outside` stands in front of it: it cannot run in a transaction.
    var isMarkedOutside = false

    /// The first line, cut for messages.
    var summary: String {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.count > 100 ? words.prefix(97) + "…" : words
    }

    /// Whether it starts with these words.
    func begins(_ words: String...) -> Bool {
        words.count <= tokens.count && zip(words, tokens).allSatisfy { $1.isWord($0) }
    }
}

/// The statements of a script and the comments that are directives.
struct SQLScript: Sendable {
    var statements: [SQLStatement] = []
    /// Line comments of the whole text, trimmed.
    var comments: [String] = []

    init(_ text: String) {
        var lexer = SQLLexer(text)
        let bytes = lexer.bytes
        var tokens: [SQLToken] = []
        var line = 1
        var counted = 0
        var seenComments = 0
        var pending = (step: false, outside: false)
        func lineNumber(at offset: Int) -> Int {
            line += bytes[counted..<offset].count { $0 == UInt8(ascii: "\n") }
            counted = offset
            return line
        }
        func finish() {
            guard let first = tokens.first, let last = tokens.last else { return }
            let text = String(decoding: bytes[first.range.lowerBound..<last.range.upperBound], as: UTF8.self)
            statements.append(
                SQLStatement(
                    text: text, line: lineNumber(at: first.range.lowerBound), tokens: tokens, beginsStep: pending.step,
                    isMarkedOutside: pending.outside))
            tokens = []
            pending = (false, false)
        }
        // A function's body in standard SQL holds semicolons of its own.
        var depth = 0
        while let token = lexer.next() {
            if tokens.isEmpty {
                for comment in lexer.comments[seenComments...] {
                    pending.step = pending.step || comment.text.trimmedSpaces == "step"
                    pending.outside = pending.outside || comment.text.trimmedSpaces == "outside"
                }
            }
            seenComments = lexer.comments.count
            if token.isWord("atomic"), tokens.last?.isWord("begin") == true {
                depth = 1
            } else if depth > 0, token.isWord("case") {
                depth += 1
            } else if depth > 0, token.isWord("end") {
                depth -= 1
            }
            if token.isSymbol(";"), depth == 0 { finish() } else { tokens.append(token) }
        }
        finish()
        comments = lexer.comments.map { $0.text.trimmedSpaces }
    }

    /// The values of directives `-- name: value`.
    func directives(_ name: String) -> [String] {
        comments.compactMap { comment in
            guard comment.hasPrefix(name + ":") else { return nil }
            return comment.dropFirst(name.utf8.count + 1).trimmedSpaces
        }
    }
}

extension StringProtocol {
    var trimmedSpaces: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
