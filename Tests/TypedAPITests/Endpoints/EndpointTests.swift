import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JSON
import NIOCore
import Testing

@testable import TypedAPI

@Suite struct EndpointTests {
    /// One request to the runs of the tests: status, headers, body.
    private func ask(
        _ method: HTTPRequest.Method, _ uri: String, _ headers: HTTPFields = [:], body: String? = nil, dialect: Dialect = .problems
    ) async throws -> (status: Int, headers: HTTPFields, body: String) {
        try await Application(router: RunAPI.router(dialect: dialect).router).test(.router) { client in
            try await client.execute(uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) }) {
                ($0.status.code, $0.headers, String(buffer: $0.body))
            }
        }
    }

    private static let json: HTTPFields = [.contentType: "application/json"]

    @Test func typedRequestInAndTypedResponseOut() async throws {
        let answer = try await ask(.post, "/v1/runs?isDry=true", Self.json, body: #"{"name":" nightly "}"#)
        #expect(answer.status == 201)
        #expect(answer.body == #"{"data":{"name":"nightly","isDry":true,"note":null}}"#)
        #expect(answer.headers[.contentType] == "application/json")
        #expect(answer.headers[.location] == "/v1/runs/1")
    }

    @Test("What the handler throws is the answer, and what a requirement throws comes before anything is read")
    func errors() async throws {
        #expect(try await ask(.post, "/v1/runs", Self.json, body: #"{"name":"expensive"}"#).status == 402)
        let refused = try await ask(.post, "/v1/runs?x=1", [.authorization: "Bearer reader"], body: "nonsense")
        #expect(refused.status == 403)
        #expect(refused.body.contains(#""code":"forbidden""#))
        let invalid = try await ask(.post, "/v1/runs?isDry=2&x=1", Self.json, body: #"{"name":"","more":1}"#)
        #expect(invalid.status == 422)
        for place in [#""parameter":"isDry""#, #""parameter":"x""#, #""pointer":"/name""#, #""pointer":"/more""#] {
            #expect(invalid.body.contains(place), "\(place) in \(invalid.body)")
        }
    }

    @Test("A query that an endpoint does not have is refused, also where it takes nothing else", arguments: ["?x=1", "?", "?limit"])
    func unknownParameters(query: String) async throws {
        let answer = try await ask(.delete, "/v1/runs/1" + query)
        #expect(answer.status == (query == "?" ? 204 : 422))
    }

    @Test(arguments: [
        ("*/*", 200), ("application/json", 200), ("text/html, application/xhtml+xml, */*;q=0.8", 200), ("application/*", 200),
        ("APPLICATION/JSON; q=0.1", 200), ("text/html", 406), ("application/json;q=0, */*", 406), ("application/json;q=0", 406),
        ("text/*", 406), ("*/*;q=0", 406), ("application/xml, application/json", 200), ("", 200), ("nonsense", 200),
    ])
    func acceptedMediaTypes(accept: String, status: Int) async throws {
        let answer = try await ask(.get, "/v1/runs/1", [.accept: accept])
        #expect(answer.status == status)
        if status == 406 { #expect(answer.body.contains("application/json")) }
        // Nothing is answered with a body there, so nothing can be unacceptable.
        #expect(try await ask(.delete, "/v1/runs/1", [.accept: accept]).status == 204)
    }

    @Test(
        arguments: [
            (nil, 415), ("text/plain", 415), ("application/json; charset=latin1", 415), ("application/json; charset=UTF-8", 201),
            ("application/merge-patch+json", 201), ("application/x-www-form-urlencoded", 415),
        ] as [(String?, Int)])
    func mediaTypesOfBodies(type: String?, status: Int) async throws {
        #expect(try await ask(.post, "/v1/runs", type.map { [.contentType: $0] } ?? [:], body: #"{"name":"a"}"#).status == status)
    }

    @Test func bodiesThatAreNone() async throws {
        #expect(try await ask(.post, "/v1/runs", Self.json).body.contains("body_required"))
        #expect(try await ask(.post, "/v1/runs", Self.json, body: "{").body.contains("malformed_json"))
        #expect(try await ask(.post, "/v1/runs", [.contentType: "application/json", .contentEncoding: "gzip"], body: "{}").status == 415)
        let large = #"{"name":""# + String(repeating: "x", count: 1 << 20) + #""}"#
        #expect(try await ask(.post, "/v1/runs", Self.json, body: large).status == 413)
    }

    @Test func methods() async throws {
        let head = try await ask(.head, "/v1/runs/1")
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
        #expect(head.headers[.eTag] != nil)
        let options = try await ask(.options, "/v1/runs/1")
        #expect(options.status == 204)
        #expect(options.headers[.allow] == "DELETE, GET, HEAD, OPTIONS")
        #expect(try await ask(.put, "/v1/runs/1").status == 405)
    }

    @Test("An answer has the version it is, and is not sent again to whom has it")
    func entityTags() async throws {
        let first = try await ask(.get, "/v1/runs/1")
        let tag = try #require(first.headers[.eTag])
        for header in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
            let again = try await ask(.get, "/v1/runs/1", [.ifNoneMatch: header])
            #expect(again.status == 304)
            #expect(again.body.isEmpty)
            #expect(again.headers[.eTag] == tag)
        }
        #expect(try await ask(.get, "/v1/runs/2", [.ifNoneMatch: tag]).status == 200)
        #expect(try await ask(.delete, "/v1/runs/1", [.ifMatch: "\"v1\""]).status == 204)
        #expect(try await ask(.delete, "/v1/runs/1", [.ifMatch: "*"]).status == 204)
        #expect(try await ask(.delete, "/v1/runs/1", [.ifMatch: "\"v0\", *"]).status == 412)
        for header in ["\"v2\"", "W/\"v1\""] {
            let stale = try await ask(.delete, "/v1/runs/1", [.ifMatch: header])
            #expect(stale.status == 412)
            #expect(stale.headers[.eTag] == "\"v1\"")
        }
    }

    @Test("A list goes on where its page ended, and the last page says so")
    func pages() async throws {
        var names: [String] = []
        var query = "?limit=2"
        var pages = 0
        while pages < 5 {
            pages += 1
            let body = try JSONValue(parsing: Array(try await ask(.get, "/v1/runs" + query).body.utf8))
            names += body["data"]?.array?.compactMap { $0["name"]?.string } ?? []
            #expect(body["pagination"]?["hasMore"]?.bool == (body["pagination"]?["nextCursor"]?.string != nil))
            guard let cursor = body["pagination"]?["nextCursor"]?.string else { break }
            query = "?limit=2&cursor=\(cursor)"
        }
        #expect(names == (0..<5).map { "run \($0)" })
        #expect(pages == 3)
        #expect(try await ask(.get, "/v1/runs?cursor=abc").body.contains("invalid_cursor"))
        for limit in ["0", "101", "x"] { #expect(try await ask(.get, "/v1/runs?limit=\(limit)").status == 422) }
    }

    @Test("A foreign dialect: its own errors, unknown members dropped, forms taken, and a body that may be left out")
    func foreignDialect() async throws {
        struct Refused: HTTPResponseError {
            var status: HTTPResponse.Status { .badRequest }
            let code: String
            func response(from request: Request, context: some RequestContext) throws -> Response {
                .json(["code": .string(code), "message": "No."], status: status)
            }
        }
        var dialect = Dialect(
            unknownFields: .strip, unknownParameters: .strip, bodyForms: [.json, .form],
            errors: ErrorFormat(mediaType: "application/json", refusals: .init()) {
                ForeignError.schema(in: &$0)
            } example: { type, _ in
                ["code": .string(type.code), "message": .string(type.title)]
            }
        ) { refusal in
            if case .invalid = refusal { Refused(code: "VALIDATION_ERROR") } else { Refused(code: "BAD_REQUEST") }
        }
        dialect.maximumIssues = 1
        let invalid = ProblemType("INVALID_EMAIL", .badRequest, "Invalid email", explanation: "")
        let endpoint = Endpoint<RunAPI.Context>.post("signOut", "sign-out", "Leave").body(NewRun?.self).errors(invalid).handle { input, _ in
            OK(input.body.map { $0.name })
        }
        let (router, document) = try RunAPI.router(dialect: dialect, [endpoint])
        try await Application(router: router).test(.router) { client in
            for (type, body, answer) in [
                ("application/json", #"{"name":"a","more":1}"#, #""a""#), ("application/json", "", "null"),
                ("application/x-www-form-urlencoded", "name=b&more=1", #""b""#),
                ("application/json", "{}", #"{"code":"VALIDATION_ERROR","message":"No."}"#),
                ("application/json", "{", #"{"code":"BAD_REQUEST","message":"No."}"#),
            ] {
                let said = try await client.execute(
                    uri: "/v1/sign-out?x=1", method: .post, headers: [.contentType: type], body: ByteBuffer(string: body)
                ) { String(buffer: $0.body) }
                #expect(said == answer)
            }
        }
        let operation = try #require(document.json["paths"]?["/v1/sign-out"]?["post"])
        #expect(operation["requestBody"]?["required"] == false)
        #expect(operation["requestBody"]?["content"]?.object?.keys == ["application/json", "application/x-www-form-urlencoded"])
        #expect(
            operation["responses"]?["400"]?["content"]?["application/json"]?["schema"] == ["$ref": "#/components/schemas/ForeignError"])
        #expect(operation["responses"]?["422"] == nil)
    }
}

@Schema struct ForeignError {
    var code: String
    var message: String
}
