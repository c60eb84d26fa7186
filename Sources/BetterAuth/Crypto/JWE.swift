import Crypto
import JSON
import Primitives

/// Encrypted JSON Web Tokens with a key that both sides derive from the secret: compact JWE, `dir` with `A256CBC-HS512` (RFC 7518, 5.2.5).
struct JWE: Sendable {
    private let macKey: SymmetricKey
    private let encryptionKey: [UInt8]
    /// RFC 7638's thumbprint of the key.
    let keyID: String
    private let header: String

    private static let tagLength = 32
    private static let info = "BetterAuth.js Generated Encryption Key"

    /// - Parameter salt: What the key is for, such as `better-auth-session`.
    init(secret: String, salt: String) {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Array(secret.utf8)), salt: Array(salt.utf8), info: Array(Self.info.utf8),
            outputByteCount: 64
        ).withUnsafeBytes { Array($0) }
        macKey = SymmetricKey(data: key.prefix(32))
        encryptionKey = Array(key.suffix(32))
        keyID = Base64URL.encode(Array(SHA256.hash(data: Array(#"{"k":"\#(Base64URL.encode(key))","kty":"oct"}"#.utf8))))
        header = Base64URL.encode(Array(#"{"alg":"dir","enc":"A256CBC-HS512","kid":"\#(keyID)"}"#.utf8))
    }

    /// nil when OpenSSL has no memory.
    func seal(_ claims: JSONObject) -> String? {
        let iv = SecureRandom.bytes(AESCBC.blockLength)
        guard let text = AESCBC.encrypt(JSONValue.object(claims).bytes(), key: encryptionKey, iv: iv) else { return nil }
        // `dir` has no encrypted key: nothing stands between the first two dots.
        return "\(header)..\(Base64URL.encode(iv)).\(Base64URL.encode(text)).\(Base64URL.encode(tag(header, iv, text)))"
    }

    /// The claims of a token that was sealed with this key, expired or not; nil for any other.
    func open(_ token: String) -> JSONObject? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard token.utf8.count <= 65536, parts.count == 5, parts[1].isEmpty, isOurs(parts[0]), let iv = Base64URL.decode(parts[2]),
            iv.count == AESCBC.blockLength, let text = Base64URL.decode(parts[3]), let given = Base64URL.decode(parts[4]),
            constantTimeEquals(given, tag(parts[0], iv, text)),
            let plain = AESCBC.decrypt(text, key: encryptionKey, iv: iv), let claims = try? JSONValue(parsing: plain)
        else { return nil }
        return claims.object
    }

    /// Whether a header says that the token is of this kind; one without a key's id may be of this key.
    private func isOurs(_ header: String) -> Bool {
        guard let value = Base64URL.decode(header).flatMap({ try? JSONValue(parsing: $0) }) else { return false }
        return value["alg"] == "dir" && value["enc"] == "A256CBC-HS512" && value["crit"] == nil && value["zip"] == nil
            && (value["kid"] == nil || value["kid"]?.string == keyID)
    }

    private func tag(_ header: String, _ iv: [UInt8], _ text: [UInt8]) -> [UInt8] {
        var mac = HMAC<SHA512>(key: macKey)
        mac.update(data: Array(header.utf8))
        mac.update(data: iv)
        mac.update(data: text)
        mac.update(data: withUnsafeBytes(of: UInt64(header.utf8.count * 8).bigEndian) { Array($0) })
        return Array(mac.finalize().prefix(Self.tagLength))
    }
}
