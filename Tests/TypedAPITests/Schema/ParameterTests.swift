import Hummingbird
import HummingbirdTesting
import Testing
import TypedAPI

@Suite struct ParameterTests {
    private static func pairs(_ pairs: (String, String)...) -> [(name: String, value: String)] { pairs.map { (name: $0, value: $1) } }

    private static func problems(_ parameters: [(name: String, value: String)]) -> [String] {
        do throws(SchemaFailure) {
            _ = try ListQuery.parse(parameters: parameters)
            return []
        } catch {
            guard case .invalid(let issues) = error else { return ["malformed"] }
            return issues.map { "\($0.pointer) \($0.code.rawValue)" }
        }
    }

    @Test("Text becomes numbers, booleans, choices and lists, strictly")
    func coercion() throws {
        let query = try ListQuery.parse(
            parameters: Self.pairs(
                ("limit", "50"), ("cursor", ""), ("state", "production"), ("isDry", "true"), ("ratio", "0.5"), ("x-level", "10"),
                ("state", "development")))
        #expect(
            query == ListQuery(limit: 50, cursor: "", state: [.production, .development], isDry: true, ratio: 0.5, level: .high))
        #expect(try ListQuery.parse(parameters: Self.pairs(("state", "production"))).state == [.production])
        #expect(try ListQuery.parse(parameters: []) == ListQuery())
    }

    @Test("What is not that text is refused")
    func refused() {
        #expect(
            Self.problems(
                Self.pairs(
                    ("limit", "1e1"), ("isDry", "1"), ("ratio", "NaN"), ("x-level", "2"), ("state", "x"), ("cursor", "a"), ("cursor", "b")))
                == ["/limit type", "/isDry type", "/ratio type", "/x-level choice", "/state choice", "/cursor duplicate"])
        for text in ["", "+5", " 5", "0x5", "５", "5.0", "--5", "-"] {
            #expect(Self.problems(Self.pairs(("limit", text))) == ["/limit type"], "\(text)")
        }
        #expect(Self.problems(Self.pairs(("limit", "101"))) == ["/limit range"])
        #expect(Self.problems(Self.pairs(("limit", "99999999999999999999999"))) == ["/limit range"])
    }

    @Test("A request is read in the stages of its dialect, each with all its problems")
    func stages() async throws {
        let router = Router(context: TestContext.self)
        router.middlewares.add(ProblemMiddleware(baseURL: "http://x"))
        router.post("/things/:level") { request, context in
            let input = try await request.input(
                path: ThingPath.self, parameters: context.parameters, query: ListQuery.self, body: Manual.self)
            return Response.json([
                "by": .string(input.body.by), "limit": .number(input.query.limit), "level": .number(input.path.level.rawValue),
            ])
        }
        try await Application(router: router).test(.router) { client in
            func send(_ uri: String, _ type: String?, _ body: String) async throws -> (Int, String) {
                let headers: HTTPFields = type.map { [.contentType: $0] } ?? [:]
                return try await client.execute(uri: uri, method: .post, headers: headers, body: ByteBuffer(string: body)) {
                    ($0.status.code, String(buffer: $0.body))
                }
            }
            let good = try await send("/things/10?limit=5", "application/json", #"{"by":"me"}"#)
            #expect(good.0 == 200)
            #expect(good.1 == #"{"by":"me","limit":5,"level":10}"#)
            // The path first, alone; then query and body together.
            let path = try await send("/things/2?limit=x", "application/json", "{}")
            #expect(path.0 == 422)
            #expect(path.1.contains(#""parameter":"level""#) && !path.1.contains("limit"))
            let both = try await send("/things/1?limit=x", "application/json", "{}")
            #expect(both.0 == 422)
            #expect(both.1.contains(#""parameter":"limit""#) && both.1.contains(#""pointer":"/by""#))
            #expect(try await send("/things/1", nil, #"{"by":"me"}"#).0 == 415)
            #expect(try await send("/things/1", "application/x-www-form-urlencoded", "by=me").0 == 415)
            #expect(try await send("/things/1", "application/json", "").0 == 400)
            #expect(try await send("/things/1", "application/json", "{").0 == 400)
        }
    }

    @Test("A dialect may take forms, and render what is refused its own way")
    func ownDialect() async throws {
        struct Refused: Error, HTTPResponseError {
            let status: HTTPResponse.Status = .badRequest
            let count: Int
            func response(from request: Request, context: some RequestContext) throws -> Response {
                Response(status: status, body: ResponseBody(byteBuffer: ByteBuffer(string: "refused \(count)")))
            }
        }
        var dialect = Dialect { refusal in
            if case .invalid(let findings) = refusal { Refused(count: findings.count) } else { Refused(count: 0) }
        }
        dialect.bodyForms = [.json, .form]
        let form = dialect
        let router = Router()
        router.post("/form") { request, _ in try await request.input(body: Cron.self, dialect: form).body.expression }
        try await Application(router: router).test(.router) { client in
            for (body, answer) in [
                ("cron_expression=0+*%2F5&n=3", "0 */5"), ("n=x&m=y", "refused 3"), ("cron_expression=%zz", "refused 1"), ("", "refused 0"),
            ] {
                let said = try await client.execute(
                    uri: "/form", method: .post, headers: [.contentType: "application/x-www-form-urlencoded; charset=utf-8"],
                    body: ByteBuffer(string: body)
                ) { String(buffer: $0.body) }
                #expect(said == answer)
            }
        }
    }
}

@Schema struct ThingPath { var level: Level }
