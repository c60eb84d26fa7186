import Crypto
public import Primitives

/// A symmetric key of the Standard Webhooks specification (https://www.standardwebhooks.com), written `whsec_` and base 64.
///
/// Nothing prints it by accident: only ``text`` tells it.
public struct SigningSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let key: [UInt8]

    private static let prefix = "whsec_"
    /// What the specification asks of a key, in bytes.
    public static let permittedLengths = 24...64

    /// A new key of 32 random bytes, as long as the signature itself.
    public static func generate() -> SigningSecret { SigningSecret(key: SecureRandom.bytes(32)) }

    /// Reads `whsec_…`; the prefix may be missing, as it is where some senders show their secrets.
    ///
    /// - Throws: ``StandardWebhooksError`` with `.invalidSecret`, which does not repeat the text.
    public init(_ text: String) throws(StandardWebhooksError) {
        let encoded = text.hasPrefix(Self.prefix) ? String(text.dropFirst(Self.prefix.count)) : text
        guard let key = Base64.decode(encoded) else {
            throw StandardWebhooksError(code: .invalidSecret, detail: "A signing secret is whsec_ followed by padded base 64.")
        }
        guard Self.permittedLengths.contains(key.count) else {
            throw StandardWebhooksError(
                code: .invalidSecret, detail: "A signing secret has 24 to 64 bytes before encoding; this one has \(key.count).")
        }
        self.key = key
    }

    private init(key: [UInt8]) { self.key = key }

    /// The secret itself: to be shown once, or sealed.
    public var text: String { Self.prefix + Base64.encode(key) }

    public var description: String { "whsec_(redacted)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// The signature of a message, as one entry of the `webhook-signature` header: `v1,` and the HMAC-SHA256 in base 64.
    ///
    /// - Parameters:
    ///   - id: Stays the same over all attempts to deliver the message. It must not have a full stop, which separates what is signed.
    ///   - timestamp: Of this attempt; whole seconds are signed.
    ///   - body: Exactly the bytes that are sent.
    public func sign(id: String, timestamp: Timestamp, body: some Collection<UInt8>) -> String {
        "v1," + Base64.encode(authenticationCode(id: id, seconds: String(timestamp.seconds), body: body))
    }

    func authenticationCode(id: String, seconds: String, body: some Collection<UInt8>) -> [UInt8] {
        var code = HMAC<SHA256>(key: SymmetricKey(data: key))
        code.update(data: Array("\(id).\(seconds).".utf8))
        code.update(data: Array(body))
        return Array(code.finalize())
    }
}
