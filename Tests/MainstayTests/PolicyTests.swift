import BetterAuth
import JSON
import Primitives
import Testing
import TypedAPI

@testable import Mainstay

@Suite struct RetryPolicyTests {
    @Test("Exponential doubles up to its maximum, and stops", arguments: [(1, 10), (2, 20), (3, 40), (9, 2560), (10, 3600), (40, 3600)])
    func exponential(attempt: Int, seconds: Int) {
        let policy = RetryPolicy(attempts: 100, backoff: .exponential, delay: .seconds(10), maxDelay: .seconds(3600))
        #expect(policy.delay(afterAttempt: attempt, jitter: 0) == .seconds(seconds))
        #expect(policy.delay(afterAttempt: attempt, jitter: 1) == .milliseconds(seconds * 1100))
        #expect(policy.delay(afterAttempt: attempt, jitter: -1) == .milliseconds(seconds * 900))
    }

    @Test("Fixed stays, and the last attempt is the last")
    func fixed() {
        let policy = RetryPolicy(attempts: 3, backoff: .fixed, delay: .seconds(5), maxDelay: .seconds(5))
        #expect(policy.delay(afterAttempt: 1) == .seconds(5))
        #expect(policy.delay(afterAttempt: 2) == .seconds(5))
        #expect(policy.delay(afterAttempt: 3) == nil)
        // An attempt that a dead worker left unrecorded counts too, so the number may be beyond the policy's.
        #expect(policy.delay(afterAttempt: 4) == nil)
    }

    @Test("Survives being stored")
    func stored() throws {
        let policy = RetryPolicy(attempts: 7, backoff: .fixed, delay: .milliseconds(1500), maxDelay: .seconds(90))
        #expect(RetryPolicy(json: try JSONValue(parsing: policy.json.text())) == policy)
        #expect(RetryPolicy(json: [:]) == RetryPolicy())
    }
}

@Suite struct DeliveryVerdictTests {
    private let policy = RetryPolicy(attempts: 3, backoff: .fixed, delay: .seconds(10), maxDelay: .seconds(10))

    private func verdict(_ status: Int, retryAfter: Duration? = nil, attempt: Int = 1) -> DeliveryVerdict {
        DeliveryVerdict(status: status, retryAfter: retryAfter, attempt: attempt, policy: policy)
    }

    @Test(
        "2xx is success, anything else is not",
        arguments: [(200, true), (204, true), (299, true), (199, false), (301, false), (404, false), (500, false)])
    func success(status: Int, succeeds: Bool) {
        #expect((verdict(status).state == .delivered) == succeeds)
    }

    @Test("The last attempt fails the message")
    func last() {
        #expect(verdict(500, attempt: 2).state == .retrying)
        #expect(verdict(500, attempt: 3) == DeliveryVerdict(state: .failed, retryDelay: nil))
    }

    @Test("410 ends it at once")
    func gone() { #expect(verdict(410) == DeliveryVerdict(state: .failed, retryDelay: nil)) }

    @Test("What no attempt could change ends it at once, what the network did does not")
    func hopeless() {
        func outcome(isFinal: Bool) -> DeliveryOutcome { .failed(code: "x", detail: "x", isFinal: isFinal) }
        #expect(DeliveryVerdict(outcome(isFinal: true), attempt: 1, policy: policy) == DeliveryVerdict(state: .failed, retryDelay: nil))
        #expect(DeliveryVerdict(outcome(isFinal: false), attempt: 1, policy: policy).state == .retrying)
    }

    @Test(
        "Retry-After of 429 and 503 is honoured, within reason",
        arguments: [
            (429, 60, 60), (503, 60, 60), (500, 60, 10), (429, 5, 10), (429, nil, 10),
        ])
    func retryAfter(status: Int, asked: Int?, seconds: Int) {
        #expect(verdict(status, retryAfter: asked.map { .seconds($0) }).retryDelay == .seconds(seconds))
    }
}

@Suite struct PermissionTests {
    @Test("Text form", arguments: ["messages:write", "messages:replay", "runs:cancel", "apiKeys:delete", "usage:read", "billing:write"])
    func text(text: String) { #expect(Permission(text)?.description == text) }

    @Test(
        "What is no permission",
        arguments: ["", "messages", "message:write", "messages:replay:x", "queues:replay", "messages:cancel", "messages:WRITE", ":read"])
    func refused(text: String) { #expect(Permission(text) == nil) }

    @Test("What the fixed roles may do; there are no others")
    func roles() {
        func permissions(_ role: String) -> PermissionSet { PermissionSet(record: AccessControl.mainstay.roles[role]) }
        let member = permissions("member")
        #expect(member.contains(.writeMessages) && member.contains(.readProjects))
        #expect(!member.contains(.writeProjects) && !member.contains(.writeAPIKeys))
        #expect(!permissions("auditor").contains(.readProjects))
        #expect(permissions("admin").contains(.writeProjects))
        #expect(!permissions("admin").texts.contains("billing:write"))
        #expect(permissions("owner").texts.contains("billing:write"))
    }

    @Test("Survives a key's record")
    func record() {
        let permissions = PermissionSet([.writeMessages, .readQueues, .writeQueues])
        #expect(permissions.record["message"] == ["write"])
        #expect(PermissionSet(record: permissions.record) == permissions)
        #expect(PermissionSet(record: nil).texts.isEmpty)
    }
}

@Suite struct PlanTests {
    @Test("Overrides replace single limits; nonsense is ignored")
    func overrides() {
        let limits = Plan.free.limits.overridden(by: [
            "messagesPerMonth": 150, "projects": -1, "retentionDays": 12, "unknown": 5, "queues": "many",
        ])
        #expect(limits == PlanLimits(messagesPerMonth: 150, projects: 3, queues: 10, apiKeys: 20, retention: .week, payloadBytes: 65_536))
    }

    @Test(
        "A period is a month of UTC",
        arguments: [
            ("2026-11-22T10:00:00Z", "2026-11-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z"),
            ("2026-12-31T23:59:59.999Z", "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"),
            ("2028-02-29T00:00:00Z", "2028-02-01T00:00:00.000Z", "2028-03-01T00:00:00.000Z"),
        ])
    func period(now: String, start: String, end: String) throws {
        let period = UsagePeriod(containing: try #require(Timestamp(rfc3339: now)))
        #expect(period.start.rfc3339 == start)
        #expect(period.end.rfc3339 == end)
    }
}

@Suite struct NameTests {
    @Test(
        "Slugs",
        arguments: [
            ("abc", true), ("a-b-9", true), ("ab", false), ("-abc", false), ("abc-", false), ("Abc", false), ("a_b", false),
            (String(repeating: "a", count: 41), false),
        ])
    func slug(text: String, isValid: Bool) { #expect(Self.isSlug(text) == isValid) }

    @Test(
        "A slug made from any name is valid",
        arguments: ["Demo", "  My Project! ", "日本", "", "a", "--", "É é É é", String(repeating: "x y", count: 40)])
    func made(name: String) { #expect(Self.isSlug(ProjectSlug.from(name: name))) }

    private static func isSlug(_ text: String) -> Bool {
        (try? CreateProject.parse(JSONValue.object(["name": "x", "slug": .string(text)]).bytes())) != nil
    }

    @Test(
        "Queue names are never taken for ids",
        arguments: [
            ("orders", true), ("a.b-c", true), ("9", true), ("queue_01h455vb4pex5vsknk084sn02q", false), (".a", false), ("-a", false),
            ("A", false), ("", false),
        ])
    func queueName(text: String, isValid: Bool) { #expect(QueueName.isValid(text) == isValid) }

    @Test(
        "Destinations",
        arguments: [
            ("https://example.com/hook?x=1", true), ("http://127.0.0.1:8080", true), ("HTTPS://EXAMPLE.COM", true),
            ("ftp://example.com", false),
            ("https://user:pw@example.com", false), ("https://example.com#x", false), ("https://", false), ("example.com", false),
            ("https://example.com/\r\nX: y", false), ("https://exämple.com", false), ("https://example.com:99999", false),
            ("https://[::1]:65535/a", true), ("https://[::x]", false), ("https://a.b:65536", false),
            ("http://127.0.0.1.:9/", false), ("http://public.example.127/", false), ("http://1.2.3.4.5/", false),
            ("https://a..b", false), ("https://a/@b", true), ("https://a/?q=\"", false),
            ("javascript:alert(1)", false),
        ])
    func destination(text: String, isValid: Bool) {
        #expect(((try? Destination.parse(JSONValue.object(["url": .string(text)]).bytes())) != nil) == isValid)
    }
}

@Suite struct EncryptionKeysTests {
    private let first = "1:" + Base64.encode([UInt8](repeating: 7, count: 32))
    private let second = "2:" + Base64.encode([UInt8](repeating: 9, count: 32))

    @Test("The first key seals, every key opens")
    func rotation() throws {
        let old = try #require(EncryptionKeys(first))
        let rotated = try #require(EncryptionKeys("\(second),\(first)"))
        let sealed = try old.seal([1, 2, 3], context: "a")
        #expect(try rotated.open(sealed, context: "a") == [1, 2, 3])
        let new = try rotated.seal([4], context: "a")
        #expect(throws: SealingError.self) { try old.open(new, context: "a") }
        #expect(try old.seal([1, 2, 3], context: "a") != sealed)
    }

    @Test("What was moved to another row, cut or changed does not open")
    func tampering() throws {
        let keys = try #require(EncryptionKeys(first))
        let sealed = try keys.seal([1, 2, 3], context: "a")
        #expect(throws: SealingError.self) { try keys.open(sealed, context: "b") }
        #expect(throws: SealingError.self) { try keys.open(Array(sealed.dropLast()), context: "a") }
        #expect(throws: SealingError.self) { try keys.open([], context: "a") }
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: SealingError.self) { try keys.open(changed, context: "a") }
        }
    }

    @Test("What is no list of keys", arguments: ["", "1", "1:", "1:AAAA", "x:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="])
    func malformed(text: String) { #expect(EncryptionKeys(text) == nil) }

    @Test("Numbers are unique, and nothing prints a key")
    func numbers() throws {
        #expect(EncryptionKeys("\(first),\(first)") == nil)
        #expect(try #require(EncryptionKeys("\(second),\(first)")).description == "EncryptionKeys(2, 1)")
    }
}
