/// The path of an endpoint: `/v1/projects/{project}/queues`.
struct PathTemplate: CustomStringConvertible {
    private let parts: [Substring]

    init(_ paths: String...) { parts = paths.flatMap { $0.split(separator: "/") } }

    /// As OpenAPI writes it.
    var description: String { "/" + parts.joined(separator: "/") }

    /// The names in braces, in order.
    var names: [String] { parts.compactMap(Self.name) }

    /// Why the router could not take it, or would take it for something else.
    var complaints: [String] {
        var complaints: [String] = []
        for part in parts where Self.name(part) == nil {
            if part.contains("{") || part.contains("}") {
                complaints.append("the part \"\(part)\" of its path is neither text nor one name in braces")
            } else if part.contains("*") || part.hasPrefix(":") || part.contains("?") || part.contains("#") {
                complaints.append("the part \"\(part)\" of its path has a character that means something to the router")
            }
        }
        let names = names
        for name in Set(names).sorted() where names.count(where: { $0 == name }) > 1 {
            complaints.append("its path has {\(name)} more than once")
        }
        return complaints
    }

    var isSound: Bool { complaints.isEmpty }

    /// Whether a router could not tell them apart: names in braces do not matter.
    func matchesSame(as other: PathTemplate) -> Bool {
        parts.count == other.parts.count
            && zip(parts, other.parts).allSatisfy { $0 == $1 || Self.name($0) != nil && Self.name($1) != nil }
    }

    private static func name(_ part: Substring) -> String? {
        guard part.count > 2, part.first == "{", part.last == "}" else { return nil }
        let name = part.dropFirst().dropLast()
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") } ? String(name) : nil
    }
}
