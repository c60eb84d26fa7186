import TestServices
import Testing

@testable import HTTPDelivery

@Suite("HTTP/2")
struct HTTP2Tests {
    private func client(for server: HTTP2Server) throws -> OutgoingHTTP {
        try makeClient(allow: ["127.0.0.0/8"]) {
            $0.certificateAuthorities = server.certificate
            $0.maximumConnectionsPerHost = 1
        }
    }

    @Test("Is used over TLS where offered, many requests on one connection")
    func reuse() async throws {
        let server = try HTTP2Server(.answers)
        let client = try client(for: server)
        for index in 0..<5 {
            let response = try await client.send(OutgoingRequest(url: server.url, body: [UInt8](repeating: 0x61, count: 1000)))
            #expect(response.status == 200 && response.text == "well")
            #expect((response.timing.tls == .zero) == (index > 0))
        }
        #expect(server.seen.connections == 1 && server.seen.streams == [1, 3, 5, 7, 9] && server.seen.bodyBytes == 5000)
    }

    @Test(
        "A hostile server holds nothing longer than the deadline, and the next request goes out at once",
        arguments: [
            (.saysNothing, [.failure(.timedOut)]), (.settingsOnly, [.failure(.timedOut)]), (.takesNoBody, [.failure(.timedOut)]),
            (.goesAway, [.failure(.protocolError)]), (.resetsStreams, [.failure(.protocolError)]),
            (.refusesStreams, [.failure(.protocolError)]),
            (.endlessHeaders, [.failure(.protocolError)]), (.endlessData, [.response(200, truncated: true)]),
            (.endlessPings, [.failure(.timedOut), .failure(.protocolError)]),
        ] as [(HTTP2Server.Behavior, [HostileReceiver.Outcome])])
    func hostile(behavior: HTTP2Server.Behavior, expected: [HostileReceiver.Outcome]) async throws {
        let server = try HTTP2Server(behavior)
        let (client, well) = (try client(for: server), try TestServer())
        let body = [UInt8](repeating: 0x61, count: behavior == .takesNoBody ? 100_000 : 10_000)
        // Short where it has to end there, and long enough for a busy machine where it has to end by itself.
        let deadline: Duration = expected.contains(.failure(.timedOut)) ? .seconds(2) : .seconds(30)
        let request = OutgoingRequest(url: server.url, body: body, timeout: deadline)
        let held = await Measured { await HostileReceiver.Outcome(of: client, request) }
        #expect(expected.contains(held.value) && held.isOver(by: deadline), "\(held)")
        let next = try await Measured { try await client.send(OutgoingRequest(url: well.url("/status/200"))) }
        #expect(next.value.status == 200 && next.isOver(by: .zero), "\(next)")
        // Repeated, where it was refused, but not for ever.
        #expect(server.seen.streams.count <= 10)
        guard behavior.isCurable else { return }
        server.heal()
        // On a busy machine it may learn only now of the connection before, whose answer then comes on the next one and spoils that.
        try await #expect(eventually { (try? await client.send(OutgoingRequest(url: server.url)))?.text == "well" })
    }

    @Test("A stream without answer costs its request, not the connection")
    func silentStream() async throws {
        let server = try HTTP2Server(.settingsOnly)
        let client = try client(for: server)
        // On a connection that is there already, as making one may take a busy machine longer than the silent request has.
        server.heal()
        #expect(try await client.send(OutgoingRequest(url: server.url)).text == "well")
        server.relapse()
        #expect(await failure { try await client.send(OutgoingRequest(url: server.url, timeout: .seconds(2))) } == .timedOut)
        server.heal()
        #expect(try await client.send(OutgoingRequest(url: server.url)).text == "well")
        #expect(server.seen.connections == 1)
    }
}
