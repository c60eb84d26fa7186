import JSON
import LinearRegex

extension Rule where Value == String {
    /// Characters counted as Unicode scalars, which is JSON Schema's way.
    public static func length(_ range: some SchemaRange<Int>) -> Rule {
        let bounds = range.bounds
        return Rule(
            JSONObject(counts: bounds.keywords("Length")), code: .length,
            message: "Must have \(bounds.words { "\($0)" }) characters.", parameters: JSONObject(counts: bounds.keywords("imum"))
        ) { text in
            let bytes = text.utf8.count
            // A scalar is one to four bytes: most texts are decided without counting.
            if bytes <= bounds.maximum ?? .max, bytes / 4 >= bounds.lower ?? 0 { return true }
            return bounds.contains(text.unicodeScalars.count)
        }
    }

    public static func length(_ exact: Int) -> Rule { length(exact...exact) }

    /// A regular expression of JSON Schema that has to match somewhere in the text; `^` and `$` tie it to the ends.
    /// - Parameter message: What to say instead of the expression.
    public static func pattern(_ expression: String, message: String? = nil) -> Rule {
        let pattern = Pattern(checked: expression)
        return Rule(
            ["pattern": .string(expression)], code: .format, message: message ?? "Must match \(expression).",
            parameters: ["pattern": .string(expression)]
        ) { pattern.matches($0) }
    }

    public static func format(_ format: TextFormat) -> Rule {
        Rule(
            format.keywords, code: .format, message: "Must be \(format.what).", parameters: ["format": .string(format.name)],
            check: format.check)
    }

    public static func startsWith(_ start: String) -> Rule {
        Rule(
            ["pattern": .string("^" + Pattern.escape(start))], code: .format, message: "Must begin with \(start).",
            parameters: ["prefix": .string(start)]
        ) { $0.utf8.starts(with: start.utf8) }
    }

    public static func endsWith(_ end: String) -> Rule {
        Rule(
            ["pattern": .string(Pattern.escape(end) + "$")], code: .format, message: "Must end with \(end).",
            parameters: ["suffix": .string(end)]
        ) { $0.utf8.reversed().starts(with: end.utf8.reversed()) }
    }

    public static func contains(_ part: String) -> Rule {
        Rule(
            ["pattern": .string(Pattern.escape(part))], code: .format, message: "Must contain \(part).",
            parameters: ["part": .string(part)]
        ) { Array($0.utf8).firstRange(of: Array(part.utf8)) != nil }
    }

    /// White space at both ends goes, before the rules that follow look.
    public static var trimmed: Rule {
        Rule { text, _ in
            guard text.unicodeScalars.first?.properties.isWhitespace == true || text.unicodeScalars.last?.properties.isWhitespace == true
            else { return }
            var scalars = text.unicodeScalars[...]
            while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
            while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
            text = String(scalars)
        }
    }

    public static var lowercased: Rule { Rule { text, _ in text = text.lowercased() } }

    public static var uppercased: Rule { Rule { text, _ in text = text.uppercased() } }
}

extension JSONObject {
    init(counts: [(String, Int)]) {
        self.init()
        for (name, count) in counts { self[name] = .number(count) }
    }
}
