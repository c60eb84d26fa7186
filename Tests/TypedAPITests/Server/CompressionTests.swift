import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Primitives
import TestServices
import Testing

@testable import TypedAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is compressed, and what is not; that the bytes are gzip is for outside programs to judge.
@Suite struct CompressionTests {
    private static let text = String(repeating: "text ", count: 500)

    private func answer(
        _ method: HTTPRequest.Method = .get, _ path: String = "/x", _ headers: HTTPFields = [.acceptEncoding: "gzip"],
        _ response: @escaping @Sendable (Request) -> Response
    ) async throws -> TestResponse {
        let router = Router(context: MiddlewareTests.Context.self, options: .autoGenerateHeadEndpoints)
        router.get("**") { request, _ in response(request) }
        let responder = FilteredResponder(
            router.buildResponder(), HeadFilter().then(RequestIDFilter()), errors: ErrorAnswers(baseURL: ""),
            compression: ResponseCompression(exempt: ["/secret"]))
        return try await Application(responder: responder).test(.router) { client in
            try await client.execute(uri: path, method: method, headers: headers) { $0 }
        }
    }

    private static func response(
        _ type: String? = "text/plain", status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], text: String = text
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    @Test(
        arguments: [
            ("text/plain", true), ("text/html; charset=utf-8", true), ("application/json", true), ("application/problem+json", true),
            ("image/svg+xml", true), ("application/jsonl", true), ("text/event-stream", false), ("image/png", false),
            ("application/octet-stream", false), (nil, false),
        ] as [(String?, Bool)])
    func textAlone(type: String?, isCompressed: Bool) async throws {
        let answer = try await answer { _ in Self.response(type) }
        #expect((answer.headers[.contentEncoding] == "gzip") == isCompressed)
        #expect((answer.headers[.vary] == "Accept-Encoding") == isCompressed)
        #expect(answer.headers[.contentLength] == "\(answer.body.readableBytes)")
        #expect((answer.body.readableBytes < 200) == isCompressed)
    }

    @Test(arguments: [
        (Self.response(text: "short"), "/x"), (Self.response(status: .partialContent, headers: [.contentRange: "bytes 0-9/10"]), "/x"),
        (Self.response(headers: [.cacheControl: "no-store, no-transform"]), "/x"), (Self.response(headers: [.contentEncoding: "br"]), "/x"),
        (Self.response(), "/secret/x"),
    ])
    func whatStaysAsItIs(response: Response, path: String) async throws {
        let answer = try await answer(.get, path) { _ in response }
        #expect(answer.headers[.contentEncoding] == response.headers[.contentEncoding])
        #expect(answer.headers[.vary] == nil)
        #expect(String(buffer: answer.body) == Self.text || String(buffer: answer.body) == "short")
    }

    /// Pieces of any size, each readable when it is sent; the program `gzip` judges the whole.
    @Test func streamsPieceByPiece() async throws {
        let pieces = [
            "first\n", "", String(decoding: (0..<70_000).map { _ in UInt8.random(in: 33...126) }, as: UTF8.self), "\n", Self.text,
        ]
        let stream: @Sendable (String) -> Response = { type in
            Response(
                status: .ok, headers: [.contentType: type, .eTag: "\"v1\""],
                body: ResponseBody { writer in
                    for piece in pieces { try await writer.write(ByteBuffer(string: piece)) }
                    try await writer.finish(nil)
                })
        }
        let compressed = try await answer { _ in stream("application/jsonl") }
        #expect(compressed.headers[.contentEncoding] == "gzip" && compressed.headers[.vary] == "Accept-Encoding")
        #expect(compressed.headers[.contentLength] == nil && compressed.headers[.eTag] == "\"v1-gzip\"")
        let path = FileManager.default.temporaryDirectory.appending(path: "mainstay-gzip-\(UInt64.random(in: 0 ... .max))").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(compressed.body.readableBytesView).write(to: URL(filePath: path))
        #expect(await shell("gzip -dc < '\(path)'").output == pieces.joined())
        let head = try await answer(.head) { _ in stream("application/jsonl") }
        #expect(head.headers[.contentEncoding] == "gzip" && head.headers[.vary] == "Accept-Encoding")
        let events = try await answer { _ in stream("text/event-stream") }
        #expect(events.headers[.contentEncoding] == nil && String(buffer: events.body) == pieces.joined())
        let plain = try await answer(.get, "/x", [:]) { _ in stream("application/jsonl") }
        #expect(String(buffer: plain.body) == pieces.joined() && plain.headers[.vary] == "Accept-Encoding")
    }

    @Test func eachPieceIsReadableAtOnce() throws {
        let stream = try #require(GzipStream(level: Gzip.fast))
        #expect(try #require(stream.write(ByteBuffer(string: "a line\n"))).readableBytes > 10)
        #expect(try #require(stream.write(ByteBuffer(string: "another line\n"))).readableBytes > 5)
        #expect(try #require(stream.write(ByteBuffer())).readableBytes == 0)
        #expect(try #require(stream.finish()).readableBytes >= 8)
    }

    @Test func whatCannotBeMadeSmaller() async throws {
        let random = String(decoding: (0..<1100).map { _ in UInt8.random(in: 33...126) }, as: UTF8.self)
        let answer = try await answer(.get, "/x", [.acceptEncoding: "gzip"]) { _ in Self.response(text: random) }
        // 93 signs out of 256: by a sixth.
        #expect(answer.headers[.contentEncoding] == "gzip")
        #expect(answer.headers[.vary] == "Accept-Encoding")
    }

    @Test(arguments: [nil, "br", "gzip;q=0"] as [String?])
    func whoDoesNotTakeIt(accept: String?) async throws {
        let answer = try await answer(.get, "/x", accept.map { [.acceptEncoding: $0] } ?? [:]) { _ in
            Self.response(headers: [.eTag: "\"v1\"", .vary: "Origin"])
        }
        #expect(answer.headers[.contentEncoding] == nil && answer.headers[.eTag] == "\"v1\"")
        #expect(answer.headers[values: .vary] == ["Origin", "Accept-Encoding"])
    }

    @Test func tagsOfVersions() async throws {
        let strong = try await answer { _ in Self.response(headers: [.eTag: "\"v1\""]) }
        #expect(strong.headers[.eTag] == "\"v1-gzip\"")
        let weak = try await answer { _ in Self.response(headers: [.eTag: "W/\"v1\""]) }
        #expect(weak.headers[.eTag] == "W/\"v1\"")
    }

    @Test func headSaysWhatGetWould() async throws {
        let get = try await answer { _ in Self.response(headers: [.eTag: "\"v1\""]) }
        let head = try await answer(.head) { _ in Self.response(headers: [.eTag: "\"v1\""]) }
        for name in [HTTPField.Name.contentLength, .contentEncoding, .eTag, .vary, .contentType] {
            #expect(head.headers[name] == get.headers[name])
        }
        #expect(head.body.readableBytes == 0)
    }

    @Test func aBodyThatFailsIsAnError() async throws {
        struct Failure: Error {}
        let answer = try await answer { _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain"], body: ResponseBody(contentLength: 2000) { _ in throw Failure() })
        }
        #expect(answer.status == .internalServerError)
    }
}
