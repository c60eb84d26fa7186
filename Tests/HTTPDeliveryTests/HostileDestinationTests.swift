import Testing

@testable import HTTPDelivery

@Suite("Hostile destinations")
struct HostileDestinationTests {
    init() { HostileDestination.define() }

    @Test("Are refused, and nothing is dialed", arguments: HostileDestination.all)
    func refused(row: HostileDestination) async throws {
        let server = try TestServer()
        let client = try makeClient(allow: [])
        #expect(await failure { try await client.send(row.request(port: server.port)) } == row.expected)
        #expect(server.seen.connections == 0)
    }

    @Test("Would arrive without the guard", arguments: HostileDestination.all.filter(\.reachesLoopback))
    func live(row: HostileDestination) async throws {
        let server = try TestServer()
        let client = try makeClient(allow: ["0.0.0.0/0", "::/0"])
        _ = try await client.send(row.request(port: server.port))
        #expect(server.seen.connections == 1)
    }

    @Test("Are many, and no row stands twice")
    func count() {
        #expect(HostileDestination.all.count >= 60)
        #expect(Set(HostileDestination.all.map(\.url)).count >= HostileDestination.all.count)
        #expect(HostileDestination.all.filter(\.reachesLoopback).count >= 30)
    }

    @Test("A redirect to a private address is an answer like any other", arguments: [301, 302, 303, 307, 308])
    func redirects(status: Int) async throws {
        let (server, inside) = (try TestServer(), try TestServer())
        let client = try makeClient()
        let response = try await client.send(OutgoingRequest(url: server.url("/redirect/\(status)/\(inside.url("/secret"))"), body: [1]))
        #expect(response.status == status)
        #expect(response.header("Location") == inside.url("/secret"))
        #expect(server.seen.paths.count == 1 && inside.seen.connections == 0)
    }

    @Test("Refresh and Alt-Svc headers lead nowhere")
    func otherLeads() async throws {
        let (server, inside) = (try TestServer(), try TestServer())
        let client = try makeClient()
        for lead in ["http://127.0.0.1:\(inside.port)/", "h2=%22127.0.0.1:\(inside.port)%22"] {
            for _ in 0..<2 { #expect(try await client.send(OutgoingRequest(url: server.url("/elsewhere/\(lead)"))).status == 200) }
        }
        #expect(server.seen.paths.count == 4 && inside.seen.connections == 0)
    }
}

extension HostileDestination {
    func request(port: UInt16) -> OutgoingRequest {
        OutgoingRequest(method: "GET", url: url.replacing("PORT", with: "\(port)"), timeout: .seconds(20))
    }
}
