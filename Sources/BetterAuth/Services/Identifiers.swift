import Primitives

/// The random texts of better-auth.
enum Identifiers {
    /// A row's id.
    static func row() -> String { SecureRandom.string(32, alphabet: .alphanumeric) }
    /// A session's token.
    static func sessionToken() -> String { SecureRandom.string(32, alphabet: .alphanumeric) }
    /// The random part of an API key.
    static func apiKeyBody(length: Int) -> String { SecureRandom.string(length, alphabet: .letters) }
    /// The token of a link that resets a password.
    static func resetToken() -> String { SecureRandom.string(24, alphabet: .alphanumeric) }
    /// The token of a link that deletes an account.
    static func deletionToken() -> String { SecureRandom.string(32, alphabet: .lowercaseAlphanumeric) }
}
