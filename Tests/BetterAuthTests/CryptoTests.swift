import Foundation
import Primitives
import Synchronization
import Testing

@testable import BetterAuth

@Suite("Hashes and signatures, against vectors of the original")
struct CryptoTests {
    @Test(
        "Stored passwords verify",
        arguments: [
            (
                "pässword ① ﬁ",
                "b02ab932145f7d074ef652e2475f0485:d8c0768df45c006f6338698edabe877f7354bbf779365e4ac8ab6f1e3c8ee8e1cb76c040c5e298c890fde4158ccdcfaf6977f33e0241101684d8c194da73ce21"
            ),
            (
                "pässword 1 fi",
                "b02ab932145f7d074ef652e2475f0485:d8c0768df45c006f6338698edabe877f7354bbf779365e4ac8ab6f1e3c8ee8e1cb76c040c5e298c890fde4158ccdcfaf6977f33e0241101684d8c194da73ce21"
            ),
            (
                "Pässword-１２３ﬁ",
                "000102030405060708090a0b0c0d0e0f:d3b48bfb51b4ccf2f0518965513489d966f864662212d080b901785f63c7b2c51244e96fc2ca149590461d58859f2e4ccdeeb99d2d77638db909ddcd66cee2de"
            ),
        ])
    func vectors(password: String, stored: String) async throws {
        let hasher = PasswordHasher(concurrency: 2, maximumWaiting: 10)
        #expect(try await hasher.verify(password, against: stored))
        #expect(try await !hasher.verify(password + "x", against: stored))
    }

    @Test("New hashes have the stored form, a salt of their own, and verify")
    func newHashes() async throws {
        let hasher = PasswordHasher(concurrency: 2, maximumWaiting: 10)
        let first = try await hasher.hash("password123")
        #expect(first.count == 161)
        #expect(first.wholeMatch(of: /[0-9a-f]{32}:[0-9a-f]{128}/) != nil)
        #expect(try await hasher.hash("password123") != first)
        #expect(try await hasher.verify("password123", against: first))
    }

    @Test("A stored value of another form is a mismatch", arguments: ["", ":", "abc", "abc:", ":abc", "a:b:c", "00:zz"])
    func malformed(stored: String) async throws {
        #expect(try await !PasswordHasher(concurrency: 1, maximumWaiting: 10).verify("password123", against: stored))
    }

    @Test("Cookies are signed as the original signs them")
    func cookies() {
        let signer = CookieSigner(secret: TestServer.secret)
        let token = "Zlbhap0mK7S3WjeSxQTpE2hhnqX8riZm"
        #expect(signer.sign("true") == "true.X0AGmDU9TDSqnWS42gHpv6DqYlxLtdefxIsBpVGcl74=")
        #expect(signer.wireForm(of: token) == "\(token).dGFq2rCA0S8hpMJub%2FrO4XU28uSs9%2FLuIihmYU2baZA%3D")
        #expect(signer.open(signer.wireForm(of: token)) == token)
        #expect(signer.open(signer.sign(token)) == token, "an undecoded value works too")
        #expect(signer.open(signer.wireForm(of: "a.b")) == "a.b", "split at the last dot")
        for bad in ["", ".", token, "\(token).", "\(token).AAAA", "x\(signer.sign(token))", String(signer.sign(token).dropLast())] {
            #expect(signer.open(bad) == nil, "\(bad)")
        }
    }

    @Test("API keys are stored as the original stores them")
    func apiKeyHash() {
        #expect(
            APIKeys.hash(of: "sk_vqhwqhNgUSBBcEqGGSSZTxTsMVjoIWkTwMqCiNqiBxpbTEMpDkUuVfZPRYHWOlUY")
                == "z69fJv7TcpjWSK9xbSxsr65kQ2gG8Z_QRb4Yuqzwb4Q")
    }

    @Test("A full waiting line refuses, and a cancelled waiter leaves it")
    func lane() async throws {
        let lane = BlockingLane(label: "test", width: 1, maximumWaiting: 1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let started = AsyncStream<Void>.makeStream()
            let release = Gate()
            group.addTask {
                try await lane.run {
                    started.continuation.yield()
                    release.wait()
                }
            }
            for await _ in started.stream { break }
            let waiter = Task { try await lane.run { 1 } }
            while lane.waitingCount == 0 { await Task.yield() }
            await #expect(throws: BlockingLane.Refusal.busy) { try await lane.run { 2 } }
            waiter.cancel()
            await #expect(throws: BlockingLane.Refusal.cancelled) { try await waiter.value }
            release.open()
            try await group.waitForAll()
        }
        #expect(try await lane.run { 3 } == 3)
    }

    @Test("No more than its width runs at once, everybody gets their own result, in order of arrival")
    func laneWidth() async throws {
        let lane = BlockingLane(label: "test", width: 3, maximumWaiting: 1000, niceness: 19)
        let seen = Seen()
        let results = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
            for number in 0..<200 {
                group.addTask {
                    let square = try await lane.run {
                        seen.begin()
                        for _ in 0..<1000 { sched_yield() }
                        seen.end()
                        return number * number
                    }
                    return (number, square)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count == 200 && results.allSatisfy { $0.1 == $0.0 * $0.0 })
        #expect(seen.most == 3)

        let single = BlockingLane(label: "test", width: 1, maximumWaiting: 1000)
        let (gate, started) = (Gate(), AsyncStream<Void>.makeStream())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await single.run {
                    started.continuation.yield()
                    gate.wait()
                }
            }
            for await _ in started.stream { break }
            for number in 0..<20 {
                // One after the other joins the line.
                while single.waitingCount < number { await Task.yield() }
                group.addTask { try await single.run { seen.append(number) } }
            }
            while single.waitingCount < 20 { await Task.yield() }
            gate.open()
            try await group.waitForAll()
        }
        #expect(seen.order == Array(0..<20))
    }

    @Test(
        "E-mail addresses",
        arguments: [
            ("a@b.co", true), ("A.b+c_d'e-f@x-y.example.com", true), ("a@b", false), ("@b.co", false), (".a@b.co", false),
            ("a.@b.co", false),
            ("a..b@c.co", false), ("a b@c.co", false), ("a@b.c", false), ("a@-b.co", false), ("a@b..co", false), ("a@b.co\n", false),
            ("ä@b.co", false), ("a@b.c1", false),
            (String(repeating: "a", count: 249) + "@b.co", true), (String(repeating: "a", count: 250) + "@b.co", false),
        ])
    func addresses(text: String, isValid: Bool) {
        #expect((EmailAddress(text) != nil) == isValid)
    }
}

/// What pieces of work saw of each other.
private final class Seen: Sendable {
    private let state = Mutex((running: 0, most: 0, order: [Int]()))

    var most: Int { state.withLock { $0.most } }
    var order: [Int] { state.withLock { $0.order } }

    func begin() {
        state.withLock {
            $0.running += 1
            $0.most = max($0.most, $0.running)
        }
    }

    func end() { state.withLock { $0.running -= 1 } }
    func append(_ number: Int) { state.withLock { $0.order.append(number) } }
}
