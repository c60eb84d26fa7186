import JSON
import TypedAPI

extension AuthCall {
    /// The administrator: every look at the session is at the store, and without one the answer is empty.
    mutating func requireAdmin(_ reader: SessionReader) async throws -> AuthSession {
        try await requireSession(reader, .authoritative, else: .empty(.unauthorized))
    }
}

@Schema struct UserOutput {
    var user: UserView
}

@Schema struct UserIDInput {
    @Field("userId") var userID: LooseText
}

/// A text, or what JavaScript makes one of: better-auth takes any value for a user's id.
@Schema enum LooseText {
    case text(String)
    case flag(Bool)
    case number(Int)
    case decimal(Double)
    case list([JSONValue])
    case object(JSONObject)

    var text: String {
        switch self {
        case .text(let text): text
        case .flag(let flag): String(flag)
        case .number(let number): String(number)
        case .decimal(let number): JSONValue.number(number).text()
        case .list(let values): values.map(Self.text).joined(separator: ",")
        case .object: "[object Object]"
        }
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: ""
        case .string(let text): text
        case .array(let values): values.map(Self.text).joined(separator: ",")
        case .object: "[object Object]"
        case .bool, .number: value.text()
        }
    }
}
