/// Names of Swift for names of the database.
enum SwiftNames {
    /// `run_steps` is `RunSteps`.
    static func type(_ name: String) -> String {
        let text = words(name).map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        guard let first = text.first else { return "Unnamed" }
        return first.isNumber ? "T" + text : text
    }

    /// `created_at` is `createdAt`.
    static func property(_ name: String) -> String {
        let words = words(name)
        var text = words.enumerated().map {
            $0 == 0 ? $1.prefix(1).lowercased() + $1.dropFirst() : $1.prefix(1).uppercased() + $1.dropFirst()
        }
        .joined()
        if text.isEmpty || text.first?.isNumber == true { text = "column" + text }
        return keywords.contains(text) ? "`\(text)`" : text
    }

    static func literal(_ text: String) -> String {
        guard text.contains("\"") || text.contains("\\") || text.contains("\n") else { return "\"\(text)\"" }
        if !text.contains("\n"), !text.contains("\"#") { return "#\"\(text)\"#" }
        var escaped = ""
        for character in text {
            switch character {
            case "\"": escaped += "\\\""
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return "\"\(escaped)\""
    }

    private static func words(_ name: String) -> [String] {
        name.split { !($0.isLetter || $0.isNumber) }.map(String.init)
    }

    private static let keywords: Set<String> = [
        "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do", "else", "enum",
        "extension",
        "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in", "init", "inout", "internal", "is", "let",
        "nil",
        "operator", "precedencegroup", "private", "protocol", "public", "repeat", "rethrows", "return", "self", "static", "struct",
        "subscript",
        "super", "switch", "throw", "throws", "true", "try", "typealias", "var", "where", "while",
    ]
}
