import Foundation
import TestServices
import Testing

@testable import HTTPDelivery

@Suite("Hostile receivers")
struct HostileReceiverTests {
    // Packed before any deadline runs.
    init() { #expect(HostileReceiver.bomb.count > 10_000) }

    @Test("Hold nothing longer than the deadline, and the next request goes out at once", arguments: HostileReceiver.all)
    func bounded(receiver: HostileReceiver) async throws {
        let server = try HostileServer(receiver)
        // One at a time: a slot, a connection or a buffer that stayed taken would block the next request.
        let client = try makeClient { $0.maximumConnectionsPerHost = 1 }
        let held = await Measured {
            await HostileReceiver.Outcome(of: client, receiver.request(to: server.url, timeout: receiver.deadline))
        }
        #expect(receiver.expected.contains(held.value) && held.isOver(by: receiver.deadline), "\(held)")
        server.heal()
        let next = try await Measured { try await client.send(OutgoingRequest(url: server.healedURL)) }
        #expect(next.value.status == 200 && next.value.text == "well")
        #expect(next.isOver(by: .zero), "\(next)")
        // The connection is closed, not only forgotten.
        #expect(try await eventually { server.sufferers == 0 })
    }

    @Test("All at once through one client, beside a receiver that is well")
    func together() async throws {
        let client = try makeClient()
        let servers = try HostileReceiver.all.map { ($0, try HostileServer($0)) }
        let well = try TestServer()
        let outcomes = try await withThrowingTaskGroup(of: (String, Bool).self) { group in
            for (receiver, server) in servers {
                group.addTask {
                    let held = await Measured {
                        await HostileReceiver.Outcome(of: client, receiver.request(to: server.url, timeout: receiver.deadline))
                    }
                    let isRight = receiver.expected.contains(held.value) && held.isOver(by: receiver.deadline)
                    return ("\(receiver.testDescription): \(held)", isRight)
                }
            }
            for _ in 0..<50 { #expect(try await client.send(OutgoingRequest(url: well.url("/status/200"))).status == 200) }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.filter { !$0.1 }.map(\.0) == [])
        #expect(outcomes.count == HostileReceiver.all.count)
        #expect(try await eventually { servers.allSatisfy { $0.1.sufferers == 0 } })
    }

    @Test(
        "A second response that comes with the first is not taken for the answer to the next request",
        arguments: ["200 OK", "204 No Content"])
    func poisoned(status: String) async throws {
        let server = try Listener { peer in
            guard let request = peer.readRequest() else { return }
            if request.path == "/poison" {
                let length = status.hasPrefix("204") ? "" : "Content-Length: 0\r\n"
                _ = peer.write("HTTP/1.1 \(status)\r\n\(length)\r\nHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned")
            } else {
                _ = peer.answer(200, "well")
            }
            while peer.readRequest() != nil, peer.answer(200, "well") {}
        }
        let client = try makeClient { $0.maximumConnectionsPerHost = 1 }
        let url = "http://127.0.0.1:\(server.port)"
        _ = try await client.send(OutgoingRequest(url: url + "/poison"))
        #expect(try await client.send(OutgoingRequest(url: url + "/next")).text == "well")
    }

    @Test("Nor is one that comes later, while nothing is asked")
    func poisonedLater() async throws {
        let (first, poison) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        first.signal()
        let server = try Listener { peer in
            if first.wait(timeout: .now()) == .success {
                guard peer.readRequest() != nil, peer.answer(200, "well") else { return }
                poison.wait()
                _ = peer.answer(200, "poisoned")
            }
            while peer.readRequest() != nil, peer.answer(200, "well") {}
        }
        let client = try makeClient()
        let request = OutgoingRequest(url: "http://127.0.0.1:\(server.port)/")
        #expect(try await client.send(request).text == "well")
        poison.signal()
        try await #expect(eventually { try hasUnread(from: server.port) })
        for _ in 0..<3 { #expect(try await client.send(request).text == "well") }
    }

    @Test("Nor over TLS")
    func poisonedLaterOverTLS() async throws {
        let server = try OpenSSLServer()
        let answers = Peer(socket: server.input)
        let output = server.output.fileDescriptor
        Thread.detachNewThread {
            var chunk = [UInt8](repeating: 0, count: 4096)
            while case let count = read(output, &chunk, chunk.count), count > 0 {
                if String(decoding: chunk[..<count], as: UTF8.self).contains("GET /") { _ = answers.answer(200, "well") }
            }
        }
        let client = try makeClient { $0.certificateAuthorities = server.certificate }
        #expect(try await client.send(server.request).text == "well")
        #expect(answers.answer(200, "poisoned"))
        try await #expect(eventually { try hasUnread(from: UInt16(server.port)) })
        for _ in 0..<3 { #expect(try await client.send(server.request).text == "well") }
    }

    /// Whether bytes from that port of 127.0.0.1 wait for somebody who does not read them.
    private func hasUnread(from port: UInt16) throws -> Bool {
        let remote = "0100007F:" + String(format: "%04X", Int(port))
        // By a handle: of files whose length the system does not tell, `String` reads the first page.
        let table = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/net/tcp")).readToEnd() ?? Data()
        return String(decoding: table, as: UTF8.self).split(separator: "\n").contains { line in
            // Number, local and remote address, state, queues to send and to read.
            let fields = line.split(separator: " ")
            return fields.count > 4 && fields[2] == remote && fields[3] == "01" && !fields[4].hasSuffix(":00000000")
        }
    }
}

extension HostileReceiver {
    /// A second where it has to end there, and long enough for a busy machine where it has to end by itself.
    var deadline: Duration { expected.contains(.failure(.timedOut)) ? .seconds(1) : .seconds(30) }

    func request(to url: String, timeout: Duration) -> OutgoingRequest {
        OutgoingRequest(url: url, body: [UInt8](repeating: 0x61, count: requestBody), timeout: timeout)
    }
}

extension HostileReceiver.Outcome {
    init(of client: OutgoingHTTP, _ request: OutgoingRequest) async {
        do throws(OutgoingError) {
            let response = try await client.send(request)
            self = .response(response.status, truncated: response.isTruncated)
        } catch {
            self = .failure(error.code)
        }
    }
}
