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
            if head.isEmpty && tail.isEmpty || head.hasPrefix("#") || isBehindOpenQuotation { continue }
            return .malformed(.init(line: start, name: nil, reason: "is not NAME=value"))
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
            guard let quoted, !Self.hasSwallowedSettings(inside, isClosed: isClosed) else {
                // The lines below may be good.
                (rest, line) = afterQuote
                _ = takeLine()
                isBehindOpenQuotation = true
                return .malformed(.init(line: start, name: name, reason: "begins a quotation that does not end"))
            }
            guard isClosed else {
                return .malformed(.init(line: start, name: name, reason: "has something behind the closing quotation mark"))
            }
            value = quoted
        } else {
            value = Self.withoutComment(takeLine())
        }
        guard Self.isName(name) else {
            return .malformed(.init(line: start, name: nil, reason: "has no name of letters, digits and _ before the ="))
        }
        return .entry(name, .init(value: value, line: start))
    }

    /// Whether a quotation ends in what should have been another line's: when a line in it sets one of our settings, or, where the closing
    /// mark is followed by more, sets anything or is a comment.
    private static func hasSwallowedSettings(_ inside: Substring.UnicodeScalarView, isClosed: Bool) -> Bool {
        inside.split(separator: "\n", omittingEmptySubsequences: false).dropFirst().contains { line in
            if !isClosed, trimmed(String(line)).hasPrefix("#") { return true }
            guard let equals = line.firstIndex(of: "=") else { return false }
            let name = name(trimmed(String(line[..<equals])))
            return isClosed ? Settings.named(name) != nil : isName(name)
        }
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
        head.hasPrefix("export ") ? trimmed(String(head.dropFirst("export ".count))) : head
    }

    private static func isName(_ text: String) -> Bool { text.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil }

    private static func withoutComment(_ text: String) -> String {
        guard !text.hasPrefix("#"), let comment = text.firstRange(of: /[ \t]#/) else { return text.hasPrefix("#") ? "" : text }
        return trimmed(String(text[..<comment.lowerBound]))
    }

    private static func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespaces) }
}
