/// How the name of a column follows from that of its property.
enum ColumnNaming: String {
    case snakeCase
    case camelCase
    case asWritten

    func column(for property: String) -> String {
        switch self {
        case .snakeCase: words(of: property).map { $0.lowercased() }.joined(separator: "_")
        case .camelCase:
            words(of: property).enumerated().map { index, word in
                index == 0 ? word.lowercased() : word.prefix(1).uppercased() + word.dropFirst().lowercased()
            }.joined()
        case .asWritten: property
        }
    }

    /// `isHTTPOnly` is `is`, `HTTP`, `Only`; the plural `projectIDs` is `project`, `IDs`.
    private func words(of name: String) -> [String] {
        var words: [String] = []
        let letters = Array(name)
        for (index, letter) in letters.enumerated() {
            let previous = index > 0 ? letters[index - 1] : nil
            let next = index + 1 < letters.count ? letters[index + 1] : nil
            let isBeforePluralS = next == "s" && (index + 2 == letters.count || letters[index + 2].isUppercase)
            let beginsWord =
                letter.isUppercase
                && (previous.map { !$0.isUppercase } ?? true || next.map { $0.isLowercase } ?? false && !isBeforePluralS)
            if letter == "_" {
                words.append("")
            } else if beginsWord || words.isEmpty {
                words.append(String(letter))
            } else {
                words[words.count - 1].append(letter)
            }
        }
        return words.filter { !$0.isEmpty }
    }
}
