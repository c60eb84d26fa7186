/// Changes names inside SQL without touching anything else.
enum NameReplacement {
    /// `names` by old spelling; `strings` replaces whole string literals, such as labels of an enum.
    static func apply(to text: String, names: [String: String], strings: [String: String] = [:]) -> String {
        guard !names.isEmpty || !strings.isEmpty else { return text }
        return rewrite(text) { tokens, index in
            let token = tokens[index]
            switch token.kind {
            case .word, .quotedName:
                // A call is of a function, whatever the columns are named.
                guard let new = names[token.text], !(index + 1 < tokens.count && tokens[index + 1].isSymbol("(")) else { return nil }
                return token.kind == .quotedName ? "\"" + new.replacing("\"", with: "\"\"") + "\"" : quoted(new)
            case .string: return strings[token.text].map { literal($0) }
            default: return nil
            }
        }
    }

    /// Changes the schema in front of names; nil takes it away.
    static func schemas(in text: String, _ replacement: (String) -> String??) -> String {
        rewrite(text, droppingDots: true) { tokens, index in
            let token = tokens[index]
            guard token.kind == .word || token.kind == .quotedName, index + 1 < tokens.count, tokens[index + 1].isSymbol("."),
                index == 0 || !tokens[index - 1].isSymbol("."), let new = replacement(token.text)
            else { return nil }
            return new.map { quoted($0) } ?? ""
        }
    }

    static func mentions(_ text: String?, _ name: String) -> Bool {
        guard let text else { return false }
        return SQLLexer.tokens(text).contains { $0.isName(name) }
    }

    /// - Parameter droppingDots: A token replaced by nothing takes the next one, its dot, with it.
    private static func rewrite(
        _ text: String, droppingDots: Bool = false, _ replacement: ([SQLToken], Int) -> String?
    ) -> String {
        let bytes = Array(text.utf8)
        let tokens = SQLLexer.tokens(text)
        var result: [UInt8] = []
        var copied = 0
        for index in tokens.indices {
            guard let new = replacement(tokens, index) else { continue }
            result += bytes[copied..<tokens[index].range.lowerBound]
            result += Array(new.utf8)
            copied = new.isEmpty && droppingDots ? tokens[index + 1].range.upperBound : tokens[index].range.upperBound
        }
        return String(decoding: result + bytes[copied...], as: UTF8.self)
    }
}
