import HTTPDelivery
import Logging
import Primitives
import Testing

@testable import MainstayCLI

@Suite("The demo's receiver")
struct DemoReceiverTests {
    /// Runs a receiver for as long as `body` takes.
    private func withReceiver(_ body: (DemoReceiver, DemoClient, _ url: String) async throws -> Void) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let receiver = DemoReceiver(logger: logger)
        let http = try OutgoingHTTP(.init(allow: [try AllowedDestination("127.0.0.0/8")]), logger: logger)
        let ports = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await receiver.run { ports.continuation.yield($0) } }
            var iterator = ports.stream.makeAsyncIterator()
            let port = try #require(await iterator.next())
            try await body(receiver, DemoClient(http: http, baseURL: "http://127.0.0.1:\(port)"), "http://127.0.0.1:\(port)")
            group.cancelAll()
        }
        await http.close()
    }

    @Test("It believes what is signed with the path's secret, and nothing else")
    func signatures() async throws {
        try await withReceiver { receiver, client, url in
            let secret = SigningSecret.generate()
            let path = receiver.open("orders")
            let body = Array(#"{"order": 1}"#.utf8)
            let signed = StandardWebhooks(secret: secret).headers(id: "msg_1", timestamp: .now, body: body)
            let headers = signed + [("mainstay-attempt", "1"), ("content-type", "application/json")]

            try await client.send("POST", url + path, headers: headers, body: body).expecting(401)
            receiver.trust(secret, on: path)
            try await client.send("POST", url + path, headers: headers, body: body).expecting(200)
            try await client.send("POST", url + path, headers: headers, body: body + [0x20]).expecting(401)
            try await client.send("POST", url + path, body: body).expecting(401)
            receiver.trust(.generate(), on: path)
            try await client.send("POST", url + path, headers: headers, body: body).expecting(401)
            try await client.send("POST", url + "/orders-guessed", headers: headers, body: body).expecting(404)

            #expect(receiver.log.all.map { $0.refusal == nil } == [false, true, false, false, false])
            #expect(receiver.log.verifiedCount == 1)
            let delivery = try #require(receiver.log.of("msg_1").first { $0.refusal == nil })
            #expect(delivery.body == body && delivery.attempt == 1)
        }
    }

    @Test("A failing path answers its status to what is signed; a probe's requests leave no trace")
    func statuses() async throws {
        try await withReceiver { receiver, client, url in
            let secret = SigningSecret.generate()
            let path = receiver.open("failing", answering: 500, secret: secret)
            let headers = StandardWebhooks(secret: secret).headers(id: "msg_2", timestamp: .now, body: [])
            try await client.send("POST", url + path, headers: headers, body: []).expecting(500)
            try await client.send("POST", url + receiver.openProbe(like: path), headers: headers, body: []).expecting(200)
            #expect(receiver.log.all.count == 1)
        }
    }

    @Test("The story says so when nobody answers")
    func nobodyAnswers() async throws {
        let report = try await DemoStory(baseURL: "http://127.0.0.1:9/", output: DemoOutput { _ in }).run()
        #expect(!report.succeeded && report.steps.isEmpty)
        #expect(report.failure?.code == .unreachable)
    }
}
