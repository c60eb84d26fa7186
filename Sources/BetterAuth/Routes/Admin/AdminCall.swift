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

/// A text, or what becomes one: better-auth takes ids as numbers too.
@Schema enum LooseText {
    case text(String)
    case number(Int)

    var text: String {
        switch self {
        case .text(let text): text
        case .number(let number): String(number)
        }
    }
}
