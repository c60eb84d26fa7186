import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JSON
import Logging
import NIOCore
import Primitives
import Testing
import TypedAPI

struct TestContext: RequestIDContext, TracedContext {
    var coreContext: CoreRequestContextStorage
    var requestID = ""
    var trace = TraceContext.none
    init(source: Source) { coreContext = .init(source: source) }
}

private struct Secret: Error {}

@Suite struct ProblemTests {
    private func app() -> some ApplicationProtocol {
        let router = Router(context: TestContext.self, options: .autoGenerateHeadEndpoints)
        router.get("boom") { _, _ -> Response in throw Secret() }
        router.get("teapot") { _, _ -> Response in
            throw Problem(.validationFailed, errors: [FieldError(.parameter("limit"), code: "range", message: "Must be small.")])
        }
        router.get("plain") { request, _ in
            try request.refuseParameters()
            return Response(status: .ok)
        }
        router.get("bare") { _, _ -> Response in throw HTTPError(.contentTooLarge, headers: [.retryAfter: "3"]) }
        router.get("mute/**") { _, _ in Response(status: .notFound) }
        var small = Dialect.problems
        small.limits.size = 64
        let dialect = small
        router.post("echo") { request, _ in
            Response.json(bytes: try await request.input(body: JSONObject.self, dialect: dialect).bytes)
        }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return Application(
            responder: FilteredResponder(
                router.buildResponder(), HeadFilter().then(RequestIDFilter()), errors: ErrorAnswers(baseURL: "https://x.example")),
            logger: logger)
    }

    private func problem(_ response: TestResponse) throws -> JSONValue {
        #expect(response.headers[.contentType] == "application/problem+json")
        return try JSONValue(parsing: Array(response.body.readableBytesView))
    }

    @Test("Members of RFC 9457 and ours; a stranger's error says nothing of itself")
    func members() async throws {
        try await app().test(.router) { client in
            let boom = try await client.execute(uri: "/boom", method: .get, headers: [.requestID: "abc-1"])
            let problem = try problem(boom)
            #expect(boom.status == .internalServerError && boom.headers[.requestID] == "abc-1")
            #expect(
                problem["type"] == "https://x.example/problems/internal_error" && problem["status"] == 500
                    && problem["code"] == "internal_error")
            #expect(problem["requestId"] == "abc-1" && !problem.text().contains("Secret"))
            let teapot = try await client.execute(uri: "/teapot", method: .get)
            #expect(try self.problem(teapot)["errors"] == [["parameter": "limit", "code": "range", "message": "Must be small."]])
            #expect(try self.problem(await client.execute(uri: "/nowhere", method: .get))["code"] == "route_not_found")
            let bare = try await client.execute(uri: "/bare", method: .get)
            #expect(try self.problem(bare)["code"] == "body_too_large" && bare.headers[.retryAfter] == "3")
        }
    }

    @Test("What a route answers on purpose stays bare; what no route answers is a problem")
    func bare() async throws {
        try await app().test(.router) { client in
            let mute = try await client.execute(uri: "/mute/x", method: .get)
            #expect(mute.status == .notFound && mute.body.readableBytes == 0 && mute.headers[.contentType] == nil)
            #expect(try problem(await client.execute(uri: "/mute/x", method: .post))["code"] == "route_not_found")
        }
    }

    @Test("HEAD is answered without a body, problems too", arguments: ["/boom", "/teapot", "/nowhere"])
    func head(path: String) async throws {
        try await app().test(.router) { client in
            let head = try await client.execute(uri: path, method: .head)
            let get = try await client.execute(uri: path, method: .get)
            #expect(head.status == get.status && head.body.readableBytes == 0 && get.body.readableBytes > 0)
        }
    }

    @Test("A route without parameters refuses every one")
    func parameters() async throws {
        try await app().test(.router) { client in
            let response = try await client.execute(uri: "/plain?limit=1&x", method: .get)
            #expect(response.status == .unprocessableContent)
            #expect(try problem(response)["errors"]?.array?.map { $0["parameter"] } == ["limit", "x"])
            #expect(try await client.execute(uri: "/plain", method: .get).status == .ok)
        }
    }

    @Test("A request id that could do harm is replaced", arguments: ["", "a b", "<script>", String(repeating: "x", count: 129), "é"])
    func requestID(text: String) async throws {
        try await app().test(.router) { client in
            let response = try await client.execute(uri: "/teapot", method: .get, headers: [.requestID: text])
            #expect(response.headers[.requestID]?.hasPrefix("req_") == true)
        }
    }

    @Test(
        "Bodies",
        arguments: [
            ("{\"a\":1}", "application/json", 200, nil), ("{\"a\":1}", "application/vnd.x+json; charset=utf-8", 200, nil),
            ("{\"a\":1}", "text/plain", 415, "unsupported_media_type"), ("{\"a\":1}", nil, 415, "unsupported_media_type"),
            ("", "application/json", 400, "body_required"), ("{", "application/json", 400, "malformed_json"),
            ("[1]", "application/json", 422, "validation_failed"),
            ("{\"a\":1,\"a\":2}", "application/json", 400, "malformed_json"),
            ("{\"a\":\"\(String(repeating: "x", count: 100))\"}", "application/json", 413, "body_too_large"),
        ] as [(String, String?, Int, String?)])
    func bodies(body: String, type: String?, status: Int, code: String?) async throws {
        try await app().test(.router) { client in
            var headers = HTTPFields()
            if let type { headers[.contentType] = type }
            let response = try await client.execute(uri: "/echo", method: .post, headers: headers, body: ByteBuffer(string: body))
            #expect(response.status.code == status)
            if let code { #expect(try problem(response)["code"]?.string == code) }
        }
    }
}
