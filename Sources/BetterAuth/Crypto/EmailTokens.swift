import Crypto
import JSON
import Primitives

/// The tokens inside links that verify and change addresses: signed, with the user they are for, each good once.
///
/// better-auth's tokens name the address alone and can be replayed. Ours carry two more claims, which it ignores: `sub`, the user's id, and
/// `jti`, which names a row of `verification`.
struct EmailTokens: Sendable {
    enum Purpose: String, Sendable {
        /// Asked at the old address.
        case confirmChange = "change-email-confirmation"
        /// Asked at the new address.
        case verifyChange = "change-email-verification"
    }

    struct Claims: Sendable {
        var email: String
        /// `sub` and `jti`; nil in tokens that another server made.
        var use: Use?
        var updateTo: String?
        /// Absent in a plain verification, and in old tokens that change an address.
        var purpose: Purpose?
    }

    /// The one use of a token.
    struct Use: Sendable {
        var userID: String
        var id: String
    }

    enum Failure: Error { case invalid, expired }

    private let key: SymmetricKey
    private let lasts: Duration

    init(secret: String, lasts: Duration) {
        key = SymmetricKey(data: Array(secret.utf8))
        self.lasts = lasts
    }

    func make(_ claims: Claims, at now: Timestamp) -> String {
        var object: JSONObject = ["email": .string(claims.email)]
        object["updateTo"] = claims.updateTo.map(JSONValue.string)
        object["requestType"] = claims.purpose.map { .string($0.rawValue) }
        object["sub"] = claims.use.map { .string($0.userID) }
        object["jti"] = claims.use.map { .string($0.id) }
        object["iat"] = .number(now.seconds)
        object["exp"] = .number(now.seconds + lasts.components.seconds)
        return JWT.sign(object, key: key)
    }

    func read(_ token: String, at now: Timestamp) throws(Failure) -> Claims {
        guard let object = JWT.verify(token, key: key), let email = object["email"]?.string, let expiry = object["exp"]?.int else {
            throw .invalid
        }
        guard Int64(expiry) > now.seconds else { throw .expired }
        var claims = Claims(email: email.lowercased(), updateTo: object["updateTo"]?.string?.lowercased())
        if let userID = object["sub"]?.string, let id = object["jti"]?.string { claims.use = Use(userID: userID, id: id) }
        if let type = object["requestType"]?.string {
            guard let purpose = Purpose(rawValue: type) else { throw .invalid }
            claims.purpose = purpose
        }
        return claims
    }
}
