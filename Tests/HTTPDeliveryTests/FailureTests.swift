import Foundation
import Testing

@testable import HTTPDelivery

@Suite("Failures")
struct FailureTests {
    let server: TestServer
    let client: OutgoingHTTP

    init() throws {
        server = try TestServer()
        client = try makeClient()
    }

    @Test("Silence ends at the timeout")
    func timeout() async throws {
        let start = ContinuousClock.now
        #expect(
            await failure { try await client.send(OutgoingRequest(url: server.url("/hang"), timeout: .milliseconds(150))) } == .timedOut)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test("A body that is not over at the timeout is truncated, and its status counts")
    func slowBody() async throws {
        let start = ContinuousClock.now
        let response = try await client.send(OutgoingRequest(url: server.url("/drip/10"), timeout: .milliseconds(500)))
        #expect(response.status == 200 && response.isTruncated)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test("Nobody listening is a failed connection")
    func refused() async throws {
        // Bound and never listened on: nobody else can come to have the port meanwhile.
        let port = try ReservedPort()
        #expect(await failure { try await client.send(OutgoingRequest(url: "http://127.0.0.1:\(port.number)/")) } == .connectFailed)
    }

    @Test(
        "URLs that cannot be meant are refused before anything happens",
        arguments: [
            "example.com", "example", "/path", "http:", "http://", "http:///path", "http://:80/", "http://example.com:port/",
            "http://exa mple.com/", "http://example.com/a b", "http://bücher.example/", "http://example.com/ü", "http://example.com/\t",
            "http://example.com/" + String(repeating: "l", count: 9000),
        ])
    func invalidURLs(url: String) async throws {
        #expect(await failure { try await client.send(OutgoingRequest(url: url)) } == .invalidURL)
    }

    @Test(
        "Headers cannot break out of their line",
        arguments: [
            ("X-A", "1\r\nX-Injected: 1"), ("X-A", "1\nX-Injected: 1"), ("X-A", "1\rX"), ("X-A", "nul\0"), ("X-A\r\nX-B", "1"),
            ("X-A:", "1"),
            ("X A", "1"), ("", "1"), ("X-Ü", "1"), ("Host", "internal"), ("content-length", "5"), ("Transfer-Encoding", "chunked"),
            ("Connection", "upgrade"), ("X-Long", String(repeating: "l", count: 70_000)),
        ])
    func invalidHeaders(name: String, value: String) async throws {
        #expect(
            await failure { try await client.send(OutgoingRequest(url: server.url("/echo"), headers: [(name, value)])) } == .invalidRequest)
        #expect(server.seen.connections == 0)
    }

    @Test("Methods are tokens in upper case", arguments: ["", "post", "GET /x HTTP/1.1\r\nX: y\r\n\r\n", "A B", "CONNECT", "TRACE"])
    func invalidMethods(method: String) async throws {
        #expect(await failure { try await client.send(OutgoingRequest(method: method, url: server.url("/echo"))) } == .invalidRequest)
    }

    @Test("An agent with a line break is refused at the start")
    func invalidConfiguration() async throws {
        #expect(await failure { try makeClient { $0.userAgent = "a\r\nb" } } == .invalidConfiguration)
        #expect(await failure { try makeClient { $0.maximumConnections = 0 } } == .invalidConfiguration)
    }
}
