import Foundation

/// Reads the lines of ``DotEnv``.
struct DotEnvParser {
    enum Line {
        case entry(String, DotEnv.Entry)
        case malformed(DotEnv.Malformed)
    }

    private var rest: Substring.UnicodeScalarView
    private var line = 1
    /// What follows a quotation that does not end may be the rest of what should have been in it.
    private var isBehindOpenQuotation = false
    private(set) var enclosed: [DotEnv.Enclosed] = []

    init(text: String) {
        let withoutMark = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        rest = withoutMark.replacing("\r\n", with: "\n")[...].unicodeScalars
    }

    /// The next line that says something; nil at the end.
    mutating func next() -> Line? {
        while !rest.isEmpty {
            let start = line
            let head = take { $0 != "=" && $0 != "\n" }
            let name = Self.name(head)
            if rest.first == "=", !head.hasPrefix("#") {
                rest.removeFirst()
                let found = value(of: name, from: start)
                noteWhatFollows(found)
                if case .malformed(let problem) = found, problem.name == nil, isBehindOpenQuotation { continue }
                return found
            }
            let tail = takeLine()
            let setting = Self.setting(in: head)
            if head.isEmpty && tail.isEmpty || head.hasPrefix("#") || isBehindOpenQuotation && setting == nil { continue }
            return .malformed(.init(line: start, name: isBehindOpenQuotation ? nil : setting, reason: "is not NAME=value"))
        }
        return nil
    }

    private mutating func value(of name: String, from start: Int) -> Line {
        _ = take { $0 == " " || $0 == "\t" }
        let value: String
        if let quote = rest.first, quote == "'" || quote == "\"" {
            rest.removeFirst()
            let afterQuote = (rest, line)
            let quoted = takeQuoted(until: quote)
            let inside = afterQuote.0[..<rest.startIndex]
            let tail = takeLine()
            let isClosed = tail.isEmpty || tail.hasPrefix("#")
            let isOurs = Settings.named(name) != nil
            guard let quoted, !Self.hasSwallowedLines(inside, isOurs: isOurs, isClosed: isClosed) else {
                // The lines below may be good.
                (rest, line) = afterQuote
                _ = takeLine()
                isBehindOpenQuotation = true
                return .malformed(.init(line: start, name: name, reason: "begins a quotation that does not end"))
            }
            guard isClosed else {
                return .malformed(.init(line: start, name: name, reason: "has something behind the closing quotation mark"))
            }
            if !isOurs { noteSettings(in: inside, from: start) }
            value = quoted
        } else {
            value = Self.withoutComment(takeLine())
        }
        guard Self.isName(name) else {
            return .malformed(.init(line: start, name: nil, reason: "has no name of letters, digits and _ before the ="))
        }
        return .entry(name, .init(value: value, line: start))
    }

    /// Whether a quotation ends in what should have been another line's: when the closing mark is followed by more and a line in it sets
    /// anything or is a comment, or when it is one of our settings, none of which has several lines, and a line in it sets another.
    private static func hasSwallowedLines(_ inside: Substring.UnicodeScalarView, isOurs: Bool, isClosed: Bool) -> Bool {
        lines(inside).contains { line in
            if !isClosed, trimmed(String(line)).hasPrefix("#") { return true }
            guard let name = nameSet(by: line) else { return false }
            return isClosed ? isOurs && Settings.named(name) != nil : isName(name)
        }
    }

    private mutating func noteSettings(in inside: Substring.UnicodeScalarView, from start: Int) {
        for (offset, text) in Self.lines(inside).enumerated() {
            guard let name = Self.nameSet(by: text), Settings.named(name) != nil else { continue }
            enclosed.append(.init(name: name, line: start + 1 + offset, quotation: start))
        }
    }

    /// Those behind the first.
    private static func lines(_ inside: Substring.UnicodeScalarView) -> ArraySlice<Substring.UnicodeScalarView> {
        inside.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
    }

    private static func nameSet(by line: Substring.UnicodeScalarView) -> String? {
        line.firstIndex(of: "=").map { name(trimmed(String(line[..<$0]))) }
    }

    /// The setting that a line without an equals sign was meant for: `PORT: 80`, `PORT 80`. One that says a name alone says nothing.
    private static func setting(in line: String) -> String? {
        let text = name(line)
        let name = text.prefix { $0 != ":" && !$0.isWhitespace }
        return name.endIndex == text.endIndex ? nil : Settings.named(String(name))?.name
    }

    /// A line that sets something ends the doubt; what only looks like one, such as the end of a key in Base64, does not.
    private mutating func noteWhatFollows(_ found: Line) {
        if case .entry(_, let entry) = found, entry.value.contains(where: { $0 != "=" }) { isBehindOpenQuotation = false }
    }

    private mutating func take(while condition: (Unicode.Scalar) -> Bool) -> String {
        let taken = rest.prefix(while: condition)
        rest = rest[taken.endIndex...]
        return Self.trimmed(String(taken))
    }

    /// To the end of the line, which is consumed.
    private mutating func takeLine() -> String {
        let text = take { $0 != "\n" }
        if !rest.isEmpty {
            rest.removeFirst()
            line += 1
        }
        return text
    }

    private mutating func takeQuoted(until quote: Unicode.Scalar) -> String? {
        var text = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == quote { return String(text) }
            if scalar == "\n" { line += 1 }
            guard quote == "\"", scalar == "\\", let escaped = rest.popFirst() else {
                text.append(scalar)
                continue
            }
            switch escaped {
            case "n": text.append("\n")
            case "r": text.append("\r")
            case "t": text.append("\t")
            case "\"", "\\", "$": text.append(escaped)
            default:
                if escaped == "\n" { line += 1 }
                text.append(contentsOf: [scalar, escaped])
            }
        }
        return nil
    }

    private static func name(_ head: String) -> String {
        head.firstMatch(of: /^export[ \t]+/).map { String(head[$0.range.upperBound...]) } ?? head
    }

    private static func isName(_ text: String) -> Bool { text.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil }

    private static func withoutComment(_ text: String) -> String {
        guard !text.hasPrefix("#"), let comment = text.firstRange(of: /[ \t]#/) else { return text.hasPrefix("#") ? "" : text }
        return trimmed(String(text[..<comment.lowerBound]))
    }

    private static func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespaces) }
}
