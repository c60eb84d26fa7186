import JSON

/// How callers of an API say who they are.
public struct SecurityScheme: Sendable {
    public enum Kind: Sendable {
        /// `Authorization: Bearer …`; the format is a hint for people, such as `JWT`.
        case bearer(format: String?)
        /// `Authorization: Basic …`
        case basic
        /// A header of that name.
        case header(String)
        /// A cookie of that name.
        case cookie(String)
    }

    /// What endpoints call it.
    public let name: String
    public let kind: Kind
    public let description: String

    public init(_ name: String, _ kind: Kind, description: String) {
        self.name = name
        self.kind = kind
        self.description = description
    }

    var json: JSONObject {
        var object: JSONObject
        switch kind {
        case .bearer(let format):
            object = ["type": "http", "scheme": "bearer"]
            object["bearerFormat"] = format.map(JSONValue.string)
        case .basic: object = ["type": "http", "scheme": "basic"]
        case .header(let name): object = ["type": "apiKey", "in": "header", "name": .string(name)]
        case .cookie(let name): object = ["type": "apiKey", "in": "cookie", "name": .string(name)]
        }
        object["description"] = .string(description)
        return object
    }
}

/// Which schemes an endpoint asks for. There is no default: what is open says so.
public struct Security: Sendable {
    /// One of these is enough; each names schemes that are needed together. Empty: open to everyone.
    let alternatives: [[String]]

    /// Anyone may call.
    public static let open = Security(alternatives: [])

    /// The schemes of these names, all of them.
    public static func required(_ schemes: String...) -> Security { Security(alternatives: [schemes]) }

    /// Any one of the schemes of these names.
    public static func anyOf(_ schemes: String...) -> Security { Security(alternatives: schemes.map { [$0] }) }

    var schemes: [String] { alternatives.flatMap(\.self) }

    /// - Parameter scopes: roles or scopes that are needed, whichever scheme is used.
    func json(scopes: [String]) -> JSONValue {
        let names = JSONValue.array(scopes.map(JSONValue.string))
        return .array(
            alternatives.map { schemes in .object(schemes.reduce(into: JSONObject()) { $0[$1] = names }) })
    }
}
