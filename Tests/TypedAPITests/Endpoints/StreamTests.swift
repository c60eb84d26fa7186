import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

@testable import TypedAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite struct StreamTests {
    private typealias Draft = Endpoint<RunAPI.Context>

    private func ask(
        _ endpoint: Endpoint<RunAPI.Context>, _ headers: HTTPFields = [:], method: HTTPRequest.Method = .get, body: String? = nil
    ) async throws -> (status: Int, headers: HTTPFields, body: String) {
        try await Application(router: RunAPI.router([endpoint]).router).test(.router) { client in
            try await client.execute(uri: "/v1/x", method: method, headers: headers, body: body.map { ByteBuffer(string: $0) }) {
                ($0.status.code, $0.headers, String(buffer: $0.body))
            }
        }
    }

    @Test func eventsOnTheWire() async throws {
        let endpoint = Draft.get("a", "x", "").headers(LastEventID.self).handle { input, _ in
            let last = input.headers.lastEventID ?? "none"
            return EventStream<RunView>(retry: .seconds(2)) { events in
                try await events.send(ServerSentEvent(RunView(name: "a\nb", isDry: true), name: "started", id: "7\ndata: x"))
                try await events.send(ServerSentEvent(RunView(name: last, isDry: false)))
            }
        }
        let answer = try await ask(endpoint, [.accept: "text/event-stream", HTTPField.Name("Last-Event-ID")!: "41"])
        #expect(answer.status == 200)
        #expect(answer.headers[.contentType] == "text/event-stream")
        #expect(
            answer.body == """
                retry: 2000

                id: 7data: x
                event: started
                data: {"name":"a\\nb","isDry":true,"note":null}

                data: {"name":"41","isDry":false,"note":null}


                """)
        #expect(try await ask(endpoint, [.accept: "application/json"]).status == 406)
    }

    @Test("A pause is filled with comments, and the sender is cancelled when the reader goes")
    func heartbeats() async throws {
        let ended = AsyncStream<Bool>.makeStream()
        let stream = EventStream<RunView>(heartbeat: .milliseconds(1)) { _ in
            defer { ended.continuation.yield(Task.isCancelled) }
            try await Task.sleep(for: .seconds(3600))
        }
        let response = try stream.response(
            to: Request(head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/"), body: .init(buffer: ByteBuffer())))
        let writer = LeavingReader(after: 4)
        await #expect(throws: LeavingReader.Gone.self) { try await response.body.write(writer) }
        #expect(writer.texts == [":\n\n", ":\n\n", ":\n\n", ":\n\n"])
        for await wasCancelled in ended.stream {
            #expect(wasCancelled)
            break
        }
    }

    @Test("An error of the sender ends the answer without its proper end")
    func failingSender() async throws {
        struct Failed: Error {}
        let stream = EventStream<RunView> { _ in throw Failed() }
        let response = try stream.response(
            to: Request(head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/"), body: .init(buffer: ByteBuffer())))
        let writer = LeavingReader(after: 100)
        await #expect(throws: Failed.self) { try await response.body.write(writer) }
        #expect(!writer.isFinished)
    }

    @Test("Values are handed over one by one, whoever sends them, and nobody waits for ever")
    func handingOver() async throws {
        let handoff = Handoff<Int>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for start in [0, 1000, 2000] {
                group.addTask { for value in start..<start + 1000 { try await handoff.send(value) } }
            }
            var seen: [Int] = []
            while seen.count < 3000, let value = try await handoff.next() { seen.append(value) }
            #expect(Set(seen).count == 3000)
            for start in [0, 1000, 2000] { #expect(seen.filter { $0 / 1000 == start / 1000 } == Array(start..<start + 1000)) }
            try await group.waitForAll()
        }
        let sender = Task { try await handoff.send(1) }
        sender.cancel()
        await #expect(throws: CancellationError.self) { try await sender.value }
        let reader = Task { try await handoff.next() }
        reader.cancel()
        await #expect(throws: CancellationError.self) { try await reader.value }
        await #expect(throws: CancellationError.self) { try await handoff.send(2) }
    }

    @Test func linesAndBytes() async throws {
        let lines = Draft.get("a", "x", "").handle { _, _ in
            ByteStream(
                lines: AsyncStream { continuation in
                    for number in 1...3 { continuation.yield(number) }
                    continuation.finish()
                })
        }
        let answer = try await ask(lines)
        #expect(answer.body == "1\n2\n3\n")
        #expect(answer.headers[.contentType] == "application/jsonl")
        let known = Draft.get("a", "x", "").handle { _, _ in
            ByteStream<MediaTypes.CSV>(length: 4) { writer in
                try await writer.write(ByteBuffer(string: "a,b\n"))
            }
        }
        #expect(try await ask(known).headers[.contentLength] == "4")
    }

    @Test func uploads() async throws {
        let endpoint = Draft.post("a", "x", "").upload("image/png", "text/*").handle { input, _ in
            var count = 0
            for try await part in input.request.body { count += part.readableBytes }
            return OK(count)
        }
        #expect(try await ask(endpoint, [.contentType: "image/png"], method: .post, body: "12345").body == "5")
        #expect(try await ask(endpoint, [.contentType: "text/plain; charset=utf-8"], method: .post, body: "123").body == "3")
        #expect(try await ask(endpoint, [.contentType: "application/json"], method: .post, body: "{}").status == 415)
        #expect(try await ask(endpoint, method: .post, body: "{}").status == 415)
    }

    @Test func redirects() async throws {
        let answer = try await ask(Draft.get("a", "x", "").handle { _, _ in Redirect(to: "/elsewhere") })
        #expect(answer.status == 302)
        #expect(answer.headers[.location] == "/elsewhere")
    }

    @Test(
        arguments: [
            (nil, 200, "0123456789", nil), ("bytes=0-3", 206, "0123", "bytes 0-3/10"), ("bytes=7-", 206, "789", "bytes 7-9/10"),
            ("bytes=-2", 206, "89", "bytes 8-9/10"), ("bytes=4-99999999999999999999", 206, "456789", "bytes 4-9/10"),
            ("bytes=-99", 206, "0123456789", "bytes 0-9/10"), ("bytes=10-", 416, nil, "bytes */10"), ("bytes=-0", 416, nil, "bytes */10"),
            ("bytes=3-2", 200, "0123456789", nil), ("bytes=0-1,3-4", 200, "0123456789", nil), ("lines=1-2", 200, "0123456789", nil),
            ("BYTES=0-3", 206, "0123", "bytes 0-3/10"), ("bytes= 0-3 ,", 206, "0123", "bytes 0-3/10"), ("bytes", 200, "0123456789", nil),
            ("bytes=a-b", 200, "0123456789", nil), ("bytes=-", 200, "0123456789", nil),
        ] as [(String?, Int, String?, String?)])
    func ranges(range: String?, status: Int, body: String?, part: String?) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "mainstay-range-\(UInt64.random(in: 0 ... .max))").path
        try "0123456789".write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let endpoint = Draft.get("a", "x", "").errors(.rangeNotSatisfiable, .routeNotFound).handle { _, context in
            guard let file = try await FileReply.open(path, as: "text/plain", attachment: "Übersicht \"1\".txt", in: context) else {
                throw Problem(.routeNotFound)
            }
            return file
        }
        let answer = try await ask(endpoint, range.map { [.range: $0] } ?? [:])
        #expect(answer.status == status)
        if let body { #expect(answer.body == body) }
        #expect(answer.headers[.contentRange] == part)
        guard range == nil else { return }
        #expect(
            answer.headers[.contentDisposition]
                == "attachment; filename=\"_bersicht _1_.txt\"; filename*=UTF-8''%C3%9Cbersicht%20%221%22.txt")
        let tag = try #require(answer.headers[.eTag])
        #expect(try await ask(endpoint, [.ifNoneMatch: tag]).status == 304)
        #expect(try await ask(endpoint, [.range: "bytes=0-1", .ifRange: tag]).status == 206)
        #expect(try await ask(endpoint, [.range: "bytes=0-1"], method: .head).status == 200)
        #expect(try await ask(endpoint, [.range: "bytes=0-1", .ifRange: "\"other\""]).status == 200)
        try FileManager.default.removeItem(atPath: path)
        #expect(try await ask(endpoint).status == 404)
    }
}

/// Reads so many pieces and is gone.
private final class LeavingReader: ResponseBodyWriter, Sendable {
    struct Gone: Error {}

    private let limit: Int
    private let state = Mutex<(texts: [String], isFinished: Bool)>(([], false))

    init(after limit: Int) { self.limit = limit }

    var texts: [String] { state.withLock { $0.texts } }
    var isFinished: Bool { state.withLock { $0.isFinished } }

    func write(_ buffer: ByteBuffer) async throws {
        try state.withLock { state in
            guard state.texts.count < limit else { throw Gone() }
            state.texts.append(String(buffer: buffer))
        }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws { state.withLock { $0.isFinished = true } }
}
