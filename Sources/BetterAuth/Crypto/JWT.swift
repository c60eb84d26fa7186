import Crypto
import JSON
import Primitives

/// JSON Web Tokens with HS256, whose header is exactly `{"alg":"HS256"}` when we write them.
enum JWT {
    static func sign(_ claims: JSONObject, key: SymmetricKey) -> String {
        let text = Base64URL.encode(Array(#"{"alg":"HS256"}"#.utf8)) + "." + Base64URL.encode(JSONValue.object(claims).bytes())
        return text + "." + signature(of: text, key)
    }

    /// The claims of a token that we signed, expired or not; nil for any other algorithm, `none` among them.
    static func verify(_ token: String, key: SymmetricKey) -> JSONObject? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, token.utf8.count <= 16384,
            let header = Base64URL.decode(String(parts[0])).flatMap({ try? JSONValue(parsing: $0) }), header["alg"] == "HS256",
            header["crit"] == nil, constantTimeEquals(String(parts[2]), signature(of: "\(parts[0]).\(parts[1])", key)),
            let claims = Base64URL.decode(String(parts[1])).flatMap({ try? JSONValue(parsing: $0) })
        else { return nil }
        return claims.object
    }

    private static func signature(of text: String, _ key: SymmetricKey) -> String {
        Base64URL.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)))
    }
}
