import Crypto
import Primitives

enum Digests {
    /// base64url without padding of the SHA-256 of the text: how an API key is stored.
    static func sha256(_ text: String) -> String {
        Base64URL.encode(Array(SHA256.hash(data: Array(text.utf8))))
    }
}
