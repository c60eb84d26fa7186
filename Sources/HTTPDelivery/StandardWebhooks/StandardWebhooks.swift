public import Primitives

/// Signs and verifies webhooks as the Standard Webhooks specification says, with one secret or, while secrets rotate, several.
public struct StandardWebhooks: Sendable {
    /// Every secret that counts, the newest first. A message is signed with all; one that fits is enough to verify.
    public let secrets: [SigningSecret]

    public static let idHeader = "webhook-id"
    public static let timestampHeader = "webhook-timestamp"
    public static let signatureHeader = "webhook-signature"

    /// More signatures than any rotation needs; the rest of a longer header is not looked at.
    private static let maximumSignatures = 16

    public init(secret: SigningSecret) { self.secrets = [secret] }

    public init(secrets: [SigningSecret]) { self.secrets = secrets }

    /// The value of `webhook-signature`: a signature for each secret, separated by spaces.
    public func sign(id: String, timestamp: Timestamp, body: some Collection<UInt8>) -> String {
        secrets.map { $0.sign(id: id, timestamp: timestamp, body: body) }.joined(separator: " ")
    }

    /// The three headers that go with a message. See ``SigningSecret/sign(id:timestamp:body:)`` for the parameters.
    public func headers(id: String, timestamp: Timestamp, body: some Collection<UInt8>) -> [(String, String)] {
        [
            (Self.idHeader, id),
            (Self.timestampHeader, String(timestamp.seconds)),
            (Self.signatureHeader, sign(id: id, timestamp: timestamp, body: body)),
        ]
    }

    /// Checks that a received message was signed with one of the secrets, and lately.
    ///
    /// - Parameters:
    ///   - headers: All headers of the request; names in any case.
    ///   - body: Exactly the bytes received, before any parsing.
    ///   - tolerance: How far the signed time may be from `now`, in either direction.
    /// - Returns: The message's id and the time it was signed, in whole seconds.
    /// - Throws: ``StandardWebhooksError``; after it nothing in the message may be believed.
    @discardableResult
    public func verify(
        headers: [(String, String)], body: some Collection<UInt8>, now: Timestamp = .now, tolerance: Duration = .seconds(300)
    ) throws(StandardWebhooksError) -> (id: String, timestamp: Timestamp) {
        let id = try Self.value(of: Self.idHeader, in: headers)
        let secondsText = try Self.value(of: Self.timestampHeader, in: headers)
        let signatures = try Self.value(of: Self.signatureHeader, in: headers)
        let timestamp = try Self.parse(secondsText)
        let age = now - timestamp
        guard age <= tolerance else {
            throw StandardWebhooksError(code: .timestampTooOld, detail: "The message was signed too long ago.")
        }
        guard age >= .zero - tolerance else {
            throw StandardWebhooksError(code: .timestampTooNew, detail: "The message was signed in the future: compare the clocks.")
        }
        guard matches(signatures, id: id, secondsText: secondsText, body: body) else {
            throw StandardWebhooksError(code: .signatureMismatch, detail: "No signature fits the message.")
        }
        return (id, timestamp)
    }

    private func matches(_ signatures: String, id: String, secondsText: String, body: some Collection<UInt8>) -> Bool {
        let candidates = signatures.split(separator: " ").prefix(Self.maximumSignatures).compactMap { entry -> [UInt8]? in
            // Other versions, such as the asymmetric v1a, may stand beside ours.
            entry.hasPrefix("v1,") ? Base64.decode(String(entry.dropFirst(3))) : nil
        }
        var found = false
        for secret in secrets {
            let expected = secret.authenticationCode(id: id, seconds: secondsText, body: body)
            // All are compared, so that the time does not tell which secret fits.
            for candidate in candidates where constantTimeEquals(candidate, expected) { found = true }
        }
        return found
    }

    private static func value(of name: String, in headers: [(String, String)]) throws(StandardWebhooksError) -> String {
        let values = headers.filter { $0.0.lowercased() == name }
        guard let value = values.first?.1, values.count == 1, !value.isEmpty else {
            throw StandardWebhooksError(code: .missingHeader, detail: "The header \(name) is needed, once.")
        }
        return value
    }

    private static func parse(_ text: String) throws(StandardWebhooksError) -> Timestamp {
        guard text.utf8.count <= 12, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int64(text) else {
            throw StandardWebhooksError(code: .invalidTimestamp, detail: "webhook-timestamp must be whole seconds since 1970.")
        }
        return Timestamp(microseconds: seconds * 1_000_000)
    }
}
