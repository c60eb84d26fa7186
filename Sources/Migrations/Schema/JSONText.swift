import JSON

/// JSON for people who review it: what fits stays on one line.
enum JSONText {
    private static let width = 130

    static func indented(_ value: JSONValue, depth: Int = 0, reserved: Int = 0) -> String {
        let line = value.text()
        if line.utf8.count + depth * 2 + reserved <= width || isEmpty(value) { return spaced(value) }
        let inner = String(repeating: "  ", count: depth + 1)
        let outer = String(repeating: "  ", count: depth)
        switch value {
        case .array(let elements):
            return "[\n" + elements.map { inner + indented($0, depth: depth + 1) }.joined(separator: ",\n") + "\n\(outer)]"
        case .object(let object):
            let members = object.map { name, member in
                let label = JSONValue.string(name).text() + ": "
                return inner + label + indented(member, depth: depth + 1, reserved: label.utf8.count)
            }
            return "{\n" + members.joined(separator: ",\n") + "\n\(outer)}"
        default: return line
        }
    }

    private static func isEmpty(_ value: JSONValue) -> Bool { value.array?.isEmpty ?? value.object?.isEmpty ?? false }

    private static func spaced(_ value: JSONValue) -> String {
        switch value {
        case .array(let elements): "[" + elements.map(spaced).joined(separator: ", ") + "]"
        case .object(let object):
            "{" + object.map { "\(JSONValue.string($0).text()): \(spaced($1))" }.joined(separator: ", ") + "}"
        default: value.text()
        }
    }
}
