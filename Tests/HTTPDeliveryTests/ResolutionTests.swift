import Foundation
import Testing

@testable import HTTPDelivery

/// 127.0.0.2 is allowed here and plays the public address, 127.0.0.1 the private one; both listen on the same port.
@Suite("Names that resolve to private addresses")
struct ResolutionTests {
    let inside: TestServer
    let outside: TestServer

    init() throws {
        // The second may find the first one's port taken at its address.
        for _ in 0..<20 {
            let inside = try TestServer()
            guard let outside = try? TestServer(on: "127.0.0.2", port: inside.port) else { continue }
            (self.inside, self.outside) = (inside, outside)
            return
        }
        throw POSIXError(.EADDRINUSE)
    }

    private func client() throws -> OutgoingHTTP { try makeClient(allow: ["127.0.0.2"]) }

    private func url(_ name: ScriptedName) -> String { "http://\(name.name):\(outside.port)/status/200" }

    @Test("A name that changes its answer between look-ups reaches the public address or nothing")
    func rebinding() async throws {
        let name = ScriptedName(answers: .addresses(["127.0.0.2"]), .addresses(["127.0.0.1"]))
        var outcomes: [HostileReceiver.Outcome] = []
        for _ in 0..<20 {
            // A client of its own, so that no answer is remembered.
            outcomes.append(await HostileReceiver.Outcome(of: try client(), OutgoingRequest(url: url(name))))
        }
        // One look-up a request: there is no second one that a check could have been made on.
        #expect(name.lookups == 20)
        let expected: [HostileReceiver.Outcome] = [.response(200, truncated: false), .failure(.blockedAddress)]
        #expect(outcomes == (0..<20).map { expected[$0 % 2] })
        #expect(inside.seen.connections == 0 && outside.seen.connections == 10)
    }

    @Test("One client that asks again and again is not led inside either")
    func rebindingOneClient() async throws {
        let name = ScriptedName(answers: .addresses(["127.0.0.2"]), .addresses(["127.0.0.1"]), .addresses(["127.0.0.1", "127.0.0.2"]))
        let (client, url) = (try client(), url(name))
        // The first answer is the public one; which of the later ones is remembered for all is a matter of chance.
        #expect(try await client.send(OutgoingRequest(url: url)).status == 200)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<30 { group.addTask { _ = try? await client.send(OutgoingRequest(url: url)) } }
        }
        #expect(inside.seen.connections == 0 && outside.seen.connections > 0)
    }

    @Test(
        "Of several addresses the private ones are passed over",
        arguments: [["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"], ["::1", "10.0.0.1", "127.0.0.2"]])
    func mixed(addresses: [String]) async throws {
        let response = try await client().send(OutgoingRequest(url: url(ScriptedName(answers: .addresses(addresses)))))
        #expect(response.status == 200 && response.remoteAddress == "127.0.0.2")
        #expect(inside.seen.connections == 0)
    }

    @Test("A public address that does not answer is no way to the private one behind it")
    func fallBack() async throws {
        let client = try makeClient(allow: ["127.0.0.3"])  // nobody listens there
        let name = ScriptedName(addresses: "127.0.0.3", "127.0.0.1", "::1")
        #expect(await failure { try await client.send(OutgoingRequest(url: url(name))) } == .connectFailed)
        #expect(inside.seen.connections == 0)
    }

    @Test("A connection that an allowed name opened serves no other name")
    func pooled() async throws {
        let (allowed, other) = (ScriptedName(addresses: "127.0.0.1"), ScriptedName(addresses: "127.0.0.1"))
        let client = try makeClient(allow: [allowed.name])
        #expect(try await client.send(OutgoingRequest(url: url(allowed))).status == 200)
        #expect(await failure { try await client.send(OutgoingRequest(url: url(other))) } == .blockedAddress)
        #expect(await failure { try await client.send(OutgoingRequest(url: inside.url("/status/200"))) } == .blockedAddress)
        #expect(inside.seen.connections == 1)
    }

    @Test("An allowed wildcard opens the names below it and no others")
    func wildcard() async throws {
        let zone = "z\(UInt32.random(in: .min ... .max)).test"
        let client = try makeClient(allow: ["*.\(zone)"])
        for (name, isAllowed) in [
            ("a.\(zone)", true), ("A.B.\(zone)", true), (zone, false), ("a\(zone)", false), ("a.\(zone).test", false),
        ] {
            let outcome = await HostileReceiver.Outcome(of: client, OutgoingRequest(url: url(ScriptedName(name, addresses: "127.0.0.1"))))
            #expect(outcome == (isAllowed ? .response(200, truncated: false) : .failure(.blockedAddress)), "\(name)")
        }
        #expect(inside.seen.paths.count == 2)
    }

    @Test("A name server that does not answer costs the request its time and nobody else any", arguments: [true, false])
    func silence(byConnectTimeout: Bool) async throws {
        let end = DispatchSemaphore(value: 0)
        let client = try makeClient { $0.connectTimeout = byConnectTimeout ? .milliseconds(300) : .seconds(300) }
        let slow = url(ScriptedName(answers: .silence(end)))
        let request = OutgoingRequest(url: slow, timeout: byConnectTimeout ? .seconds(300) : .milliseconds(300))
        try await withThrowingTaskGroup(of: Measured<OutgoingError.Code?>.self) { group in
            for _ in 0..<5 { group.addTask { await Measured { await failure { try await client.send(request) } } } }
            for _ in 0..<20 {
                let other = try await Measured { try await client.send(OutgoingRequest(url: inside.url("/status/200"))) }
                #expect(other.value.status == 200 && other.isOver(by: .zero), "\(other)")
            }
            for try await held in group { #expect(held.value == .timedOut && held.isOver(by: .milliseconds(300)), "\(held)") }
        }
        let closing = await Measured { await client.close() }
        #expect(closing.isOver(by: .zero), "\(closing)")
        end.signal()
    }

    @Test("A name without address is a failed resolution")
    func nothing() async throws {
        let name = ScriptedName(answers: .nothing)
        #expect(await failure { try await client().send(OutgoingRequest(url: url(name))) } == .resolutionFailed)
    }
}
