import HTTPTypes

/// The cookies of a request. The first of two with one name counts.
struct RequestCookies: Sendable {
    private var pairs: [(name: String, value: String)]

    init(_ headers: HTTPFields) {
        pairs = headers[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { part in
            guard let equals = part.firstIndex(of: "=") else { return nil }
            var value = part[part.index(after: equals)...].trimmingBlanks
            if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") { value = value.dropFirst().dropLast() }
            return (String(part[..<equals].trimmingBlanks), String(value))
        }
    }

    subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// Puts a cookie in place of those of its name.
    mutating func replace(_ name: String, with value: String) {
        pairs.removeAll { $0.name == name }
        pairs.append((name, value))
    }

    mutating func remove(_ name: String) { pairs.removeAll { $0.name == name } }

    var names: [String] { pairs.map(\.name) }
}

extension Substring {
    /// Without spaces and tabs at both ends.
    var trimmingBlanks: Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
