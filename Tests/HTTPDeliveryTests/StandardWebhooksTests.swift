import Primitives
import Testing

@testable import HTTPDelivery

@Suite("Standard Webhooks")
struct StandardWebhooksTests {
    /// From the specification's reference implementations.
    let secret: SigningSecret
    let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    let time = Timestamp(microseconds: 1_614_265_330_000_000)
    let body = Array(#"{"test": 2432232314}"#.utf8)

    init() throws { secret = try SigningSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") }

    @Test("Signs as the specification's example")
    func vector() throws {
        #expect(secret.sign(id: id, timestamp: time, body: body) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(try SigningSecret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").text == secret.text)
    }

    @Test("Verifies what it signed, names in any case")
    func roundTrip() throws {
        let webhooks = StandardWebhooks(secret: secret)
        let headers = webhooks.headers(id: id, timestamp: time, body: body)
        #expect(headers.map(\.0) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        let verified = try webhooks.verify(headers: headers.map { ($0.0.uppercased(), $0.1) }, body: body, now: time)
        #expect(verified.id == id && verified.timestamp == time)
    }

    @Test("Old and new secret both verify while they rotate")
    func rotation() throws {
        let next = SigningSecret.generate()
        let headers = StandardWebhooks(secrets: [next, secret]).headers(id: id, timestamp: time, body: body)
        #expect(headers[2].1.split(separator: " ").count == 2)
        for receiver in [secret, next] { try StandardWebhooks(secret: receiver).verify(headers: headers, body: body, now: time) }
        let old = StandardWebhooks(secret: secret).headers(id: id, timestamp: time, body: body)
        try StandardWebhooks(secrets: [next, secret]).verify(headers: old, body: body, now: time)
        #expect(code { try StandardWebhooks(secret: .generate()).verify(headers: headers, body: body, now: time) } == .signatureMismatch)
    }

    @Test("Other signature versions are passed over")
    func otherVersions() throws {
        let right = secret.sign(id: id, timestamp: time, body: body)
        for signature in ["v1a,AAAA \(right)", "v2,\(right.dropFirst(3)) \(right) nonsense", "v1,!!! \(right)"] {
            try verify(signature: signature)
        }
        #expect(code { try verify(signature: "v2,\(right.dropFirst(3))") } == .signatureMismatch)
        #expect(code { try verify(signature: String(right.dropFirst(3))) } == .signatureMismatch)
        #expect(code { try verify(signature: String(right.dropLast(4))) } == .signatureMismatch)
    }

    @Test("A change anywhere breaks the signature")
    func tampering() {
        let webhooks = StandardWebhooks(secret: secret)
        let headers = webhooks.headers(id: id, timestamp: time, body: body)
        #expect(code { try webhooks.verify(headers: headers, body: body + [0x20], now: time) } == .signatureMismatch)
        var other = headers
        other[0].1 = "msg_other"
        #expect(code { try webhooks.verify(headers: other, body: body, now: time) } == .signatureMismatch)
        other = headers
        other[1].1 = "1614265331"
        #expect(code { try webhooks.verify(headers: other, body: body, now: time) } == .signatureMismatch)
        other[1].1 = "01614265330"
        #expect(code { try webhooks.verify(headers: other, body: body, now: time) } == .signatureMismatch)
    }

    @Test(
        "The time must be near",
        arguments: [(0, nil), (300, nil), (-300, nil), (301, .timestampTooOld), (-301, .timestampTooNew)]
            as [(Int, StandardWebhooksError.Code?)])
    func tolerance(secondsLater: Int, expected: StandardWebhooksError.Code?) {
        let webhooks = StandardWebhooks(secret: secret)
        let headers = webhooks.headers(id: id, timestamp: time, body: body)
        #expect(code { try webhooks.verify(headers: headers, body: body, now: time + .seconds(secondsLater)) } == expected)
    }

    @Test(
        "Headers must be there, once and sane",
        arguments: [
            (["webhook-id": ""], .missingHeader), (["webhook-timestamp": ""], .missingHeader), (["webhook-signature": ""], .missingHeader),
            (["webhook-timestamp": "soon"], .invalidTimestamp), (["webhook-timestamp": "-1"], .invalidTimestamp),
            (["webhook-timestamp": "99999999999999999999"], .invalidTimestamp),
        ] as [([String: String], StandardWebhooksError.Code)])
    func malformed(change: [String: String], expected: StandardWebhooksError.Code) {
        let webhooks = StandardWebhooks(secret: secret)
        let headers = webhooks.headers(id: id, timestamp: time, body: body).map { ($0.0, change[$0.0] ?? $0.1) }
        #expect(code { try webhooks.verify(headers: headers, body: body, now: time) } == expected)
        let doubled = headers + [("Webhook-Id", "msg_two")]
        #expect(code { try webhooks.verify(headers: doubled, body: body, now: time) } == .missingHeader)
    }

    @Test(
        "Secrets are 24 to 64 bytes of base 64",
        arguments: ["", "whsec_", "whsec_AAAA", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "not base64!"])
    func invalidSecrets(text: String) {
        #expect(code { try SigningSecret(text) } == .invalidSecret)
    }

    @Test("A secret does not print itself")
    func redaction() throws {
        var dumped = ""
        dump(["s": secret], to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped] { #expect(!text.contains("MfKQ") && !text.contains("49, 242")) }
        let generated = SigningSecret.generate()
        #expect(try SigningSecret(generated.text).text == generated.text)
        #expect(generated.text != SigningSecret.generate().text)
    }

    private func verify(signature: String) throws {
        var headers = StandardWebhooks(secret: secret).headers(id: id, timestamp: time, body: body)
        headers[2].1 = signature
        try StandardWebhooks(secret: secret).verify(headers: headers, body: body, now: time)
    }

    private func code<R>(_ body: () throws -> R) -> StandardWebhooksError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? StandardWebhooksError)?.code
        }
    }
}
