import HTTPTypes
import JSON
import Testing

@testable import BetterAuth

@Suite("Origins and redirect targets")
struct OriginTests {
    @Test("With a cookie, the origin must be present and trusted")
    func withCookie() async throws {
        try await TestServer.run { server in
            func code(_ headers: [String: String]) async throws -> String? {
                try await server.send(.post, "/sign-out", headers: ["cookie": "a=b"].merging(headers) { $1 }).code
            }
            #expect(try await code([:]) == "MISSING_OR_NULL_ORIGIN")
            #expect(try await code(["origin": "null"]) == "MISSING_OR_NULL_ORIGIN")
            #expect(try await code(["origin": "https://evil.com"]) == "INVALID_ORIGIN")
            #expect(try await code(["origin": TestServer.origin]) == nil)
            #expect(try await code(["referer": TestServer.origin + "/page?x=1"]) == nil)
            #expect(try await code(["referer": "https://evil.com/" + TestServer.origin]) == "INVALID_ORIGIN")
            let bearer = try await server.send(.post, "/sign-out", headers: ["origin": "https://evil.com"])
            #expect(bearer.status == 200, "without cookies there is nothing to abuse")
            let get = try await server.send(.get, "/get-session", headers: ["cookie": "a=b", "origin": "https://evil.com"])
            #expect(get.status == 200)
        }
    }

    @Test(
        "Sign-in forms are checked without cookies too",
        arguments: [
            ([:], nil),
            (["sec-fetch-mode": "cors"], "MISSING_OR_NULL_ORIGIN"),
            (["sec-fetch-mode": "cors", "origin": "http://127.0.0.1:9911"], nil),
            (["sec-fetch-mode": "navigate", "sec-fetch-site": "cross-site"], "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"),
            (["sec-fetch-mode": "navigate", "sec-fetch-site": "same-origin", "origin": "https://evil.com"], "INVALID_ORIGIN"),
            (["origin": "https://evil.com"], "INVALID_ORIGIN"),
        ] as [([String: String], String?)])
    func forms(headers: [String: String], code: String?) async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/sign-in/email", ["email": "a@example.com", "password": "password123"], headers: headers)
            #expect(answer.code == code ?? "INVALID_EMAIL_OR_PASSWORD")
            #expect(answer.status == (code == nil ? 401 : 403))
        }
    }

    @Test(
        "Redirect targets",
        arguments: [
            ("//evil.com", false), ("/\\evil.com", false), ("/%2fevil", false), ("/%5cevil", false), ("https://evil.com", false),
            ("/x#y", false),
            ("/x y", false), ("/ünï", false), ("dash", false), ("javascript:alert(1)", false), ("/dash?x=1", true), ("/a/../b", true),
            ("/x?y=a%20b&z=1", true), ("http://127.0.0.1:9911/x#y", true), ("http://127.0.0.1:9911@evil.com/", false),
            ("http://127.0.0.1:9911\\@evil.com", false), ("/x?a?b", false), ("", true),
        ])
    func targets(target: String, isTrusted: Bool) async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "/sign-in/email", ["email": "a@example.com", "password": "password123", "callbackURL": .string(target)])
            #expect(answer.code == (isTrusted ? "INVALID_EMAIL_OR_PASSWORD" : "INVALID_CALLBACK_URL"))
            let object = try await server.post("/sign-out", ["redirectTo": [:]])
            #expect(object.status == 400 && object.text == #"{"message":"Invalid redirectURL: expected a string"}"#)
        }
    }

    @Test(
        "Patterns of trusted origins",
        arguments: [
            ("https://*.wild.com", "https://a.b.wild.com", true), ("https://*.wild.com", "http://a.wild.com", false),
            ("https://*.wild.com", "https://wild.com", false), ("https://*.example.com", "https://malicious.com?.example.com", false),
            ("https://*.example.com", "https://malicious.com/.example.com", false),
            ("https://*.example.com", "https://evil.com\\.example.com", false),
            ("*.wild.com", "http://a.wild.com", true), ("*.wild.com:8080", "http://a.wild.com:8080", true),
            ("*.wild.com", "http://a.wild.com:8080", false),
            ("https://app?.wild.com", "https://app1.wild.com", true), ("https://app?.wild.com", "https://app12.wild.com", false),
            ("https://App.example.com", "https://app.example.com:443/x", true),
            ("https://app.example.com", "http://app.example.com", false),
            ("myapp://", "myapp://anything/at/all", true), ("myapp://open", "myapp://open/x", true),
            ("myapp://open", "myapp://other", false),
            ("myapp://open/a", "myapp://open/a/b", true), ("myapp://open/a", "myapp://open/ab", false),
            ("myapp://open/a", "myapp://open/a/../b", false),
            ("MYAPP://", "myapp://x", true), ("", "https://x.com", false),
        ])
    func patterns(pattern: String, url: String, isTrusted: Bool) throws {
        let own = WebOrigin(scheme: "https", host: "own.example", port: nil)
        #expect(try TrustedOrigins(own: own, trusted: [pattern]).trusts(url) == isTrusted)
    }

    @Test("The check is open to other routes")
    func verifyOrigin() async throws {
        try await TestServer.run { server in
            #expect(throws: AuthError(.forbidden, .invalidOrigin)) {
                try server.auth.verifyOrigin(method: .delete, headers: [.cookie: "a=b", .origin: "https://evil.com"])
            }
            try server.auth.verifyOrigin(method: .delete, headers: [.cookie: "a=b", .origin: TestServer.origin])
            try server.auth.verifyOrigin(method: .get, headers: [.cookie: "a=b"])
        }
    }
}
