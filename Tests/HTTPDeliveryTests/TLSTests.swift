import Foundation
import Testing

@testable import HTTPDelivery

@Suite("TLS")
struct TLSTests {
    @Test("A certificate nobody vouches for is refused")
    func selfSigned() async throws {
        let server = try OpenSSLServer("-www")
        let client = try makeClient(allow: ["localhost"])
        #expect(await failure { try await client.send(server.request) } == .tlsFailed)
    }

    @Test("A trusted certificate is accepted, and the handshake timed")
    func trusted() async throws {
        let server = try OpenSSLServer("-www")
        let client = try makeClient(allow: ["localhost"]) { $0.certificateAuthorities = server.certificate }
        let response = try await client.send(server.request)
        #expect(response.status == 200)
        #expect(response.timing.tls > .zero)
        #expect(response.timing.total >= response.timing.dns + response.timing.connect + response.timing.tls)
    }

    @Test("A trusted certificate of another name is refused")
    func wrongName() async throws {
        let server = try OpenSSLServer(name: "other.example", "-www")
        let client = try makeClient(allow: ["localhost"]) { $0.certificateAuthorities = server.certificate }
        #expect(await failure { try await client.send(server.request) } == .tlsFailed)
    }

    @Test("A server that does not answer the handshake costs the connect timeout, not the request's")
    func silentServer() async throws {
        let server = try TestServer()
        let client = try makeClient { $0.connectTimeout = .milliseconds(200) }
        let url = server.url("/echo").replacingOccurrences(of: "http:", with: "https:")
        #expect(await failure { try await client.send(OutgoingRequest(url: url, timeout: .seconds(60))) } == .timedOut)
    }
}
