import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Primitives
import Synchronization
import Testing

@testable import TypedAPI

@Suite struct MiddlewareTests {
    struct Context: RecordedContext, ClientAddressContext {
        var coreContext: CoreRequestContextStorage
        var requestID = ""
        var trace = TraceContext.none
        var start = ContinuousClock.now
        var clientAddress: String?
        let notes = RequestNotes()

        init(source: ApplicationRequestContextSource) { coreContext = .init(source: source) }
    }

    private let errors = ErrorAnswers(baseURL: "https://api.test")

    private func router() -> Router<Context> {
        let router = Router(context: Context.self)
        router.add(middleware: ProblemMiddleware(baseURL: "https://api.test"))
        return router
    }

    private func answer(
        _ responder: some HTTPResponder<Context>, _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        try await Application(responder: responder).test(.router) { client in
            try await client.execute(uri: path, method: method, headers: headers) { $0 }
        }
    }

    @Test(arguments: [
        (HTTPRequest.Method.put, HTTPResponse.Status.methodNotAllowed, "DELETE, GET, HEAD, OPTIONS"),
        (.post, .methodNotAllowed, "DELETE, GET, HEAD, OPTIONS"), (.trace, .methodNotAllowed, "DELETE, GET, HEAD, OPTIONS"),
        (.init("PROPFIND")!, .methodNotAllowed, "DELETE, GET, HEAD, OPTIONS"),
        (.init("M-SEARCH")!, .methodNotAllowed, "DELETE, GET, HEAD, OPTIONS"),
        (.options, .noContent, "DELETE, GET, HEAD, OPTIONS"), (.get, .ok, ""), (.delete, .ok, ""),
    ])
    func methodsThatAPathLacks(method: HTTPRequest.Method, status: HTTPResponse.Status, allow: String) async throws {
        let router = router()
        router.get("things/{thing}") { _, _ in "" }
        router.delete("things/{thing}") { _, _ in "" }
        router.addMethodProblems()
        let response = try await answer(router.buildResponder(), method, "/things/1")
        #expect(response.status == status)
        #expect(response.headers[.allow] ?? "" == allow)
    }

    @Test(arguments: ["/things/", "//things", "/things//", "/"])
    func oneAddressAResource(path: String) async throws {
        let router = router()
        router.get("things") { _, _ in "" }
        let responder = FilteredResponder(router.buildResponder(), StrictPathFilter(exempt: "/auth", baseURL: ""), errors: errors)
        #expect(try await answer(responder, .get, path).status == .notFound)
        #expect(try await answer(responder, .get, "/things").status == .ok)
    }

    @Test func preflightAndReading() async throws {
        let router = router()
        router.get("v1/things") { _, _ in "" }
        router.get("admin/things") { _, _ in "" }
        let responder = FilteredResponder(
            router.buildResponder(),
            CORSFilter<Context>([
                ("/v1", CORSPolicy(origins: ["*"])),
                ("/admin", CORSPolicy { $0 == "https://app.test" }),
            ]), errors: errors)
        func preflight(_ path: String, from origin: String) async throws -> HTTPFields {
            let response = try await answer(
                responder, .options, path, [.origin: origin, .accessControlRequestMethod: "POST"])
            #expect(response.status == .noContent)
            return response.headers
        }
        let open = try await preflight("/v1/things", from: "https://anywhere.test")
        #expect(open[.accessControlAllowOrigin] == "*")
        #expect(open[.accessControlAllowCredentials] == nil)
        #expect(open[.accessControlAllowHeaders]?.contains("Idempotency-Key") == true)
        let own = try await preflight("/admin/things", from: "https://app.test")
        #expect(own[.accessControlAllowOrigin] == "https://app.test")
        #expect(own[.accessControlAllowCredentials] == "true")
        let foreign = try await preflight("/admin/things", from: "https://app.test.evil.test")
        #expect(foreign[.accessControlAllowOrigin] == nil)
        #expect(foreign[.accessControlAllowMethods] == nil)

        let read = try await answer(responder, .get, "/admin/things", [.origin: "https://app.test"])
        #expect(read.headers[.accessControlAllowOrigin] == "https://app.test")
        #expect(read.headers[.vary] == "Origin")
        let refused = try await answer(responder, .get, "/admin/things", [.origin: "https://evil.test"])
        #expect(refused.headers[.accessControlAllowOrigin] == nil)
        #expect(try await answer(responder, .get, "/elsewhere", [.origin: "https://app.test"]).headers[.vary] == nil)
    }

    @Test(
        arguments: [
            (nil, "ETag, Retry-After"), ("set-auth-token", "ETag, Retry-After, set-auth-token"), ("etag, x", "ETag, Retry-After, x"),
        ] as [(String?, String)])
    func whatRoutesExposeStays(own: String?, exposed: String) async throws {
        let router = router()
        router.get("v1/things") { _, _ in
            var headers: HTTPFields = [.vary: "Accept, origin"]
            headers[.accessControlExposeHeaders] = own
            return Response(status: .ok, headers: headers)
        }
        let filter = CORSFilter<Context>([("/v1", CORSPolicy { _ in true })], exposing: ["ETag", "Retry-After"])
        let read = try await answer(
            FilteredResponder(router.buildResponder(), filter, errors: errors), .get, "/v1/things", [.origin: "https://app.test"])
        #expect(read.headers[.accessControlExposeHeaders] == exposed)
        #expect(read.headers[.vary] == "Accept, origin")
    }

    @Test(arguments: ["/things", "/missing", "/broken", "/current", "/nowhere"])
    func whatWasNotedIsOnEveryAnswer(path: String) async throws {
        let router = Router(context: Context.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: NotingMiddleware())
        router.get("things") { _, _ in Response(status: .ok, headers: [.setCookie: "own"]) }
        router.get("missing") { _, _ -> Response in throw Problem(.routeNotFound) }
        router.get("broken") { _, _ -> Response in throw CancellationError() }
        router.get("current") { _, _ in Response(status: .notModified) }
        let responder = FilteredResponder(router.buildResponder(), HeadFilter().then(RequestNotesFilter()), errors: errors)
        for method in [HTTPRequest.Method.get, .head] {
            let cookies = try await answer(responder, method, path).headers[values: .setCookie]
            #expect(cookies == (path == "/things" ? ["own", "a=1", "b=2"] : ["a=1", "b=2"]))
        }
    }

    private struct NotingMiddleware: RouterMiddleware {
        func handle(_ request: Request, context: Context, next: Next<Context>) async throws -> Response {
            for cookie in ["a=1", "b=2"] { context.notes.addField(HTTPField(name: .setCookie, value: cookie)) }
            return try await next(request, context)
        }
    }

    @Test(arguments: [("https://app.test", "https://app.test" as String?), ("https://evil.test", nil)])
    func answersThatTakeAnotherWayAreMarkedToo(origin: String, allowed: String?) {
        let filter = CORSFilter<Context>([("/admin", CORSPolicy { $0 == "https://app.test" })])
        let fields: HTTPFields = [.origin: origin]
        var headers: HTTPFields = [:]
        let request = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/admin/things?x=1", headerFields: fields)
        filter.mark(&headers, answering: request)
        #expect(headers[.vary] == "Origin")
        #expect(headers[.accessControlAllowOrigin] == allowed)
        var others: HTTPFields = [:]
        let elsewhere = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/elsewhere", headerFields: fields)
        filter.mark(&others, answering: elsewhere)
        #expect(others.isEmpty)
    }

    @Test func everyAnswerIsRecordedOnce() async throws {
        let records = Mutex<[RequestRecord]>([])
        let router = router()
        router.get("things/{thing}") { _, context in
            context.notes.tenant = "org"
            return "hello"
        }
        router.get("stream") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "hello"))
                    try await writer.finish(nil)
                })
        }
        let responder = FilteredResponder(
            router.buildResponder(),
            RequestIDFilter().then(RequestRecordFilter { record, _ in records.withLock { $0.append(record) } }), errors: errors)
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        var traced: HTTPFields = [.traceParent: trace, .requestID: "mine"]
        traced.append(HTTPField(name: .traceState, value: "a=1"))
        traced.append(HTTPField(name: .traceState, value: "b=2"))
        _ = try await answer(responder, .get, "/things/1?secret=x", traced)
        _ = try await answer(responder, .get, "/stream")
        // Alone it says nothing.
        _ = try await answer(responder, .get, "/nowhere", [.traceParent: "broken", .traceState: "a=1"])
        let seen = records.withLock { $0 }
        #expect(seen.map(\.route) == ["/things/{thing}", "/stream", nil])
        #expect(seen.map(\.status) == [.ok, .ok, .notFound])
        #expect(seen[0].path == "/things/1")
        #expect(seen[0].tenant == "org")
        #expect(seen[0].trace.tracestate == "a=1,b=2")
        #expect(seen[2].trace.tracestate == nil)
        #expect(seen[0].requestID == "mine")
        #expect(seen[0].trace.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(seen.map(\.bodyBytes)[0...1] == [5, nil])
        #expect(seen[1].trace != seen[2].trace)
    }

    @Test(arguments: ["0.0.0.0", "127.0.0.1", "255.255.255.255", "10.9.100.99", "::1", "2001:db8::7"])
    func textOfAddresses(text: String) throws { #expect(try SocketAddress(ipAddress: text, port: 80).ipText == text) }

    @Test func oneFieldOrSeveral() {
        var headers: HTTPFields = [.accept: "a", .origin: "o"]
        headers.append(HTTPField(name: .accept, value: "b"))
        #expect(headers.value(of: .accept) == "a, b")
        #expect(headers.value(of: .origin) == "o")
        #expect(headers.value(of: .age) == nil)
    }

    @Test func defaultsOfSecurityHeadersGiveWay() async throws {
        let router = router()
        router.get("page") { _, _ in Response(status: .ok, headers: [.cacheControl: "public"]) }
        let plain = try await answer(
            FilteredResponder(router.buildResponder(), SecurityHeadersFilter(isHTTPS: false), errors: errors), .get, "/page")
        #expect(plain.headers[.cacheControl] == "public")
        #expect(plain.headers[.xContentTypeOptions] == "nosniff")
        #expect(plain.headers[.strictTransportSecurity] == nil)
        let tls = try await answer(
            FilteredResponder(router.buildResponder(), SecurityHeadersFilter(isHTTPS: true), errors: errors), .get, "/page")
        #expect(tls.headers[.strictTransportSecurity] != nil)
    }

    @Test(arguments: [
        // Nobody is trusted behind an untrusted peer, whatever it says.
        ("9.9.9.9", "1.1.1.1", "9.9.9.9"), ("10.0.0.1", "1.1.1.1", "1.1.1.1"),
        // What the caller itself wrote stands before what the proxy added.
        ("10.0.0.1", "6.6.6.6, 1.1.1.1", "1.1.1.1"), ("10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", "1.1.1.1"),
        ("10.0.0.1", "junk, 10.0.0.2", "10.0.0.2"), ("10.0.0.1", "", "10.0.0.1"), ("10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"),
        ("10.0.0.1", "1.1.1.1:55", "1.1.1.1"), ("10.0.0.1", "1.1.1.1:", "10.0.0.1"), ("10.0.0.1", "1.1.1.1:x", "10.0.0.1"),
        ("10.0.0.1", "[::1]x", "10.0.0.1"), ("10.0.0.1", " , 1.1.1.1,\t", "1.1.1.1"), ("10.0.0.1", "2001:DB8:0::1", "2001:db8::1"),
        ("10.0.0.1", "::ffff:1.1.1.1", "1.1.1.1"), ("fd00::1", "1.1.1.1", "1.1.1.1"),
        ("::ffff:10.0.0.1", "1.1.1.1", "1.1.1.1"), ("2002:a00:1::", "1.1.1.1", "2002:a00:1::"),
    ])
    func callersBehindProxies(peer: String, forwarded: String, client: String) throws {
        let proxies = TrustedProxies([try #require(AddressBlock("10.0.0.0/8")), try #require(AddressBlock("fd00::/8"))])
        #expect(proxies.clientAddress(peer: peer, headers: [.xForwardedFor: forwarded]) == client)
        #expect(TrustedProxies().clientAddress(peer: peer, headers: [.xForwardedFor: forwarded]) == peer)
    }
}
