import BetterAuth
import HTTPTypes
import JSON
import Testing

@Suite("The HTTP layer")
struct HTTPTests {
    @Test("/ok answers in exactly the contract's form")
    func ok() async throws {
        try await TestServer.run { server in
            let answer = try await server.get("/ok")
            #expect(answer.status == 200)
            #expect(answer.text == #"{"ok":true}"#)
            #expect(answer.headers[.contentType] == "application/json")
            #expect(answer.headers[.cacheControl] == nil)
        }
    }

    @Test("Whatever is no route is an empty 404 without a content type")
    func unknownRoutes() async throws {
        try await TestServer.run { server in
            let cases: [(HTTPRequest.Method, String)] = [
                (.get, "/nope"), (.get, "/ok/"), (.get, "/api/auth//ok"), (.post, "/ok"), (.head, "/ok"),
                (.options, "/ok"), (.put, "/sign-in/email"), (.get, "/api/auth"), (.get, "/sign-in/email"), (.post, "/api-key/verify"),
                (.get, "/%6Fk"),
            ]
            for (method, path) in cases {
                let answer = try await server.send(method, path)
                #expect(answer.status == 404 && answer.text.isEmpty && answer.headers[.contentType] == nil, "\(method) \(path): \(answer)")
            }
        }
    }

    @Test("A disabled path says Not Found as plain text")
    func disabledPath() async throws {
        try await TestServer.run {
            $0.disabledPaths = ["/ok"]
        } _: { server in
            let answer = try await server.get("/ok")
            #expect(answer.status == 404 && answer.text == "Not Found")
            #expect(answer.headers[.contentType] == "text/plain;charset=UTF-8")
        }
    }

    @Test("Media types: JSON everywhere, forms on the two sign-in paths")
    func mediaTypes() async throws {
        try await TestServer.run { server in
            let plain = try await server.send(.post, "/sign-in/email", body: "x", headers: ["content-type": "text/plain"])
            #expect(plain.status == 415)
            #expect(plain.code == "UNSUPPORTED_MEDIA_TYPE")
            #expect(
                plain.message
                    == #"Content-Type "text/plain" is not allowed. Allowed types: application/x-www-form-urlencoded, application/json"#)
            let missing = try await server.send(.post, "/sign-out", body: "{}", headers: ["content-type": ""])
            #expect(missing.status == 415)
            #expect(missing.message == "Content-Type is required. Allowed types: application/json")
            let form = "name=Al+B&email=Form%40Example.com&password=password123"
            let type = "application/x-www-form-urlencoded"
            let signedUp = try await server.send(.post, "/sign-up/email", body: form, headers: ["content-type": type])
            #expect(signedUp.status == 200, "\(signedUp)")
            #expect(signedUp.json?["user"]?["name"] == "Al B")
            let refused = try await server.send(.post, "/organization/check-slug", body: "slug=a", headers: ["content-type": type])
            #expect(refused.status == 415)
        }
    }

    @Test("Broken, absent and mistyped bodies")
    func bodies() async throws {
        try await TestServer.run { server in
            let broken = try await server.send(.post, "/sign-in/email", body: "{")
            #expect(broken.status == 400 && broken.text == #"{"message":"Invalid JSON in request body","code":"BAD_REQUEST"}"#)
            let absent = try await server.send(.post, "/sign-in/email")
            #expect(absent.status == 400 && absent.code == "VALIDATION_ERROR")
            #expect(absent.message == "[body] Invalid input: expected object, received undefined")
            let array = try await server.post("/sign-in/email", [])
            #expect(array.message == "[body] Invalid input: expected object, received array")
            let empty = try await server.post("/sign-up/email")
            #expect(
                empty.message == "[body.name] Invalid input: expected string, received undefined; "
                    + "[body.email] Invalid input: expected string, received undefined; "
                    + "[body.password] Invalid input: expected string, received undefined")
            let email = try await server.post("/sign-up/email", ["name": "A", "email": "nope", "password": "password123"])
            #expect(email.message == "[body.email] Invalid email address")
            let unauthenticated = try await server.post("/organization/create", ["slug": "a"])
            #expect(unauthenticated.status == 400, "validation comes before the session")
        }
    }

    @Test("A body beyond the limit is refused")
    func bodyLimit() async throws {
        try await TestServer.run {
            $0.maximumBodyBytes = 1000
        } _: { server in
            let answer = try await server.post("/sign-in/email", ["email": .string(String(repeating: "a", count: 2000))])
            #expect(answer.status == 413)
        }
    }

    @Test("The error page only repeats plain codes")
    func errorPage() async throws {
        try await TestServer.run { server in
            let plain = try await server.get("/error?error=state_mismatch")
            #expect(plain.status == 302 && plain.headers[.location] == "/?error=state_mismatch")
            let script = try await server.get("/error?error=%3Cscript%3E")
            #expect(script.headers[.location] == "/?error=UNKNOWN")
        }
    }
}
