import Crypto
import Primitives

/// Signs cookie values as better-auth does: `value.base64(HMAC-SHA256(secret, value))`, URI-component encoded on the wire.
struct CookieSigner: Sendable {
    private let key: SymmetricKey
    private static let signatureLength = 44

    init(secret: String) {
        key = SymmetricKey(data: Array(secret.utf8))
    }

    /// `value.signature`, not yet encoded for the wire.
    func sign(_ value: String) -> String { "\(value).\(signature(of: value))" }

    /// The value as a cookie carries it.
    func wireForm(of value: String) -> String { PercentEncoding.encodeComponent(sign(value)) }

    /// The value inside a cookie; nil when its signature is missing or wrong. Accepts values that were never encoded.
    func open(_ cookie: String) -> String? {
        let text = PercentEncoding.decode(cookie) ?? cookie
        guard let dot = text.lastIndex(of: ".") else { return nil }
        let value = String(text[..<dot])
        let given = String(text[text.index(after: dot)...])
        guard !value.isEmpty, given.utf8.count == Self.signatureLength, given.hasSuffix("=") else { return nil }
        return constantTimeEquals(given, signature(of: value)) ? value : nil
    }

    private func signature(of value: String) -> String {
        Base64.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(value.utf8), using: key)))
    }
}
