import Crypto
import JSON
import Primitives

enum Digests {
    /// base64url without padding of the SHA-256 of the text: how an API key is stored.
    static func sha256(_ text: String) -> String {
        Base64URL.encode(Array(SHA256.hash(data: Array(text.utf8))))
    }

    /// What makes a membership of a team unique: the digest of `["<team>","<user>"]`.
    static func membershipKey(team: String, user: String) -> String {
        sha256(JSONValue.array([.string(team), .string(user)]).text())
    }
}
