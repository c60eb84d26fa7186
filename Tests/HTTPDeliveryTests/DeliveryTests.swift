import Foundation
import Testing

@testable import HTTPDelivery

@Suite("Requests and responses")
struct DeliveryTests {
    let server: TestServer
    let client: OutgoingHTTP

    init() throws {
        server = try TestServer()
        client = try makeClient()
    }

    @Test("Sends method, headers and body as given, and nothing it was not asked for")
    func sendsVerbatim() async throws {
        let response = try await client.send(
            OutgoingRequest(
                url: server.url("/echo/a%20b?x=1"), headers: [("X-One", "1"), ("X-Empty", ""), ("webhook-id", "msg_1")],
                body: Array("{\"a\":1}".utf8)))
        #expect(response.status == 200)
        #expect(response.text.hasPrefix("POST /echo/a%20b?x=1 HTTP/1.1\r\n"))
        let lines = Set(response.text.components(separatedBy: "\r\n"))
        #expect(lines.isSuperset(of: ["X-One: 1", "X-Empty:", "webhook-id: msg_1", "Content-Length: 7", "User-Agent: HTTPDelivery"]))
        #expect(lines.isSuperset(of: ["Host: 127.0.0.1:\(server.port)", "Accept: */*", "{\"a\":1}"]))
        #expect(lines.count == 10, "request line, host, agent, accept, three of ours, length, empty line, body: \(lines)")
        #expect(response.remoteAddress == "127.0.0.1")
    }

    @Test("Every method arrives as itself, with its body", arguments: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], ["", "body"])
    func methods(method: String, body: String) async throws {
        let response = try await client.send(OutgoingRequest(method: method, url: server.url("/echo"), body: Array(body.utf8)))
        #expect(response.text.hasPrefix("\(method) /echo HTTP/1.1\r\n"))
        #expect(response.text.hasSuffix("\r\n\r\n\(body)"))
    }

    @Test("A large body is sent whole and without waiting for 100 Continue")
    func largeBody() async throws {
        let body = [UInt8](repeating: 0x61, count: 3_000_000)
        let response = try await client.send(OutgoingRequest(url: server.url("/echo"), body: body, maximumResponseBytes: 4_000_000))
        #expect(response.body.suffix(body.count).elementsEqual(body))
        #expect(!response.text.prefix(1000).lowercased().contains("expect:"))
    }

    @Test("Whatever status the receiver chooses is a response", arguments: [200, 204, 302, 400, 404, 410, 429, 500, 503])
    func statuses(status: Int) async throws {
        let response = try await client.send(OutgoingRequest(method: "GET", url: server.url("/status/\(status)")))
        #expect(response.status == status)
        #expect(response.header("x-TEST") == "one")
        #expect(response.headers.filter { $0.0 == "X-Test" }.map(\.1) == ["one", "two"])
    }

    @Test("Redirects are not followed")
    func redirect() async throws {
        let response = try await client.send(OutgoingRequest(url: server.url("/redirect/302//echo")))
        #expect(response.status == 302)
        #expect(response.header("location") == "/echo")
        #expect(server.seen.paths == ["/redirect/302//echo"])
    }

    @Test("Cookies are not kept")
    func cookies() async throws {
        _ = try await client.send(OutgoingRequest(url: server.url("/cookie")))
        let response = try await client.send(OutgoingRequest(url: server.url("/echo")))
        #expect(!response.text.lowercased().contains("cookie"))
    }

    @Test("Interim responses and trailers leave no trace")
    func interim() async throws {
        let response = try await client.send(OutgoingRequest(url: server.url("/interim")))
        #expect(response.status == 200)
        #expect(response.text == "final")
        #expect(response.header("Link") == nil)
        let chunked = try await client.send(OutgoingRequest(url: server.url("/trailer")))
        #expect(chunked.text == "abc")
        #expect(chunked.header("X-Late") == nil)
    }

    @Test("A body is kept up to the limit", arguments: [(0, 10, false), (10, 10, false), (11, 10, true), (5, 0, true), (0, 0, false)])
    func truncation(sent: Int, limit: Int, truncated: Bool) async throws {
        let response = try await client.send(OutgoingRequest(url: server.url("/body/\(sent)"), maximumResponseBytes: limit))
        #expect(response.body.count == min(sent, limit))
        #expect(response.isTruncated == truncated)
    }

    @Test("A body a little too long does not cost the connection, one far too long does")
    func discarding() async throws {
        // By its length alone, however long it takes to come.
        let client = try makeClient { $0.maximumDiscardTime = .seconds(300) }
        for _ in 0..<3 { _ = try await client.send(OutgoingRequest(url: server.url("/body/500000"), maximumResponseBytes: 10)) }
        #expect(server.seen.connections == 1)
        for _ in 0..<2 { _ = try await client.send(OutgoingRequest(url: server.url("/body/5000000"), maximumResponseBytes: 10)) }
        #expect(server.seen.connections == 2)
    }

    @Test("An endless body ends at the limit, fast or slow", arguments: ["/endless", "/drip/1000"])
    func endless(path: String) async throws {
        let client = try makeClient { $0.maximumDiscardTime = .milliseconds(200) }
        let response = try await client.send(OutgoingRequest(url: server.url(path), timeout: .seconds(20), maximumResponseBytes: 1000))
        #expect(response.body.count == 1000)
        #expect(response.isTruncated)
        #expect(response.timing.total < .seconds(15))
    }

    @Test("HEAD has headers and no body")
    func head() async throws {
        let response = try await client.send(OutgoingRequest(method: "HEAD", url: server.url("/status/204")))
        #expect(response.status == 204)
        #expect(response.body.isEmpty)
    }

    @Test("Connections are reused, and the timing says so")
    func reuse() async throws {
        let first = try await client.send(OutgoingRequest(url: server.url("/status/200")))
        #expect(first.timing.connect > .zero)
        #expect(first.timing.firstByte > .zero && first.timing.total >= first.timing.connect + first.timing.firstByte)
        for _ in 0..<20 {
            let next = try await client.send(OutgoingRequest(url: server.url("/status/500")))
            #expect(next.timing.connect == .zero && next.timing.dns == .zero && next.timing.tls == .zero)
        }
        #expect(server.seen.connections == 1)
    }

    @Test("The receiver's own time counts as first byte, with and without a body", arguments: [0, 100, 200_000])
    func firstByte(bodyLength: Int) async throws {
        let request = OutgoingRequest(url: server.url("/late/200"), body: [UInt8](repeating: 0x61, count: bodyLength))
        let timing = try await client.send(request).timing
        #expect(timing.firstByte >= .milliseconds(200))
        #expect(timing.total >= timing.firstByte)
    }

    @Test("A connection that the receiver closed meanwhile is replaced")
    func staleConnection() async throws {
        for _ in 0..<3 {
            #expect(try await client.send(OutgoingRequest(url: server.url("/status/200"))).status == 200)
            let short = try await client.send(OutgoingRequest(url: server.url("/short")))
            #expect(short.status == 200 && short.isTruncated, "the status counts although the body broke off")
        }
    }
}
