/// Names of tables, columns and other objects, written so that no character of theirs can end them.
enum Identifier {
    static func quoted(_ name: String) -> String {
        var text = ""
        append(name, to: &text)
        return text
    }

    static func append(_ name: String, to text: inout String) {
        text += "\""
        if name.utf8.contains(UInt8(ascii: "\"")) {
            for scalar in name.unicodeScalars {
                if scalar == "\"" { text += "\"" }
                text.unicodeScalars.append(scalar)
            }
        } else {
            text += name
        }
        text += "\""
    }
}

/// A table's name, with its schema where that is said.
public struct TableName: Hashable, Codable, Sendable {
    /// Nil leaves it to the search path.
    public var schema: String?
    public var name: String

    public init(_ name: String, schema: String? = nil) {
        self.schema = schema
        self.name = name
    }
}

/// The SQL text, quoted.
extension TableName: CustomStringConvertible {
    public var description: String {
        schema.map { Identifier.quoted($0) + "." + Identifier.quoted(name) } ?? Identifier.quoted(name)
    }
}
