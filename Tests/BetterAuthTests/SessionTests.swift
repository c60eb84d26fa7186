import BetterAuth
import HTTPTypes
import JSON
import Logging
import PostgresClient
import Primitives
import Testing

@Suite("Sessions and their cookies")
struct SessionTests {
    @Test("The session's answer, field by field, never cached")
    func getSession() async throws {
        try await TestServer.run { server in
            let user = try await server.signUp()
            let answer = try await server.get("/get-session", cookies: user.cookies)
            let id = try #require(answer.json?["session"]?["id"]?.string)
            #expect(answer.headers[.cacheControl] == "no-store" && answer.headers[HTTPField.Name("pragma")!] == "no-cache")
            #expect(
                answer.text.hasPrefix(
                    """
                    {"session":{"expiresAt":"2026-11-29T09:43:32.001Z","token":"\(user.token)","createdAt":"2026-11-22T09:43:32.001Z",\
                    "updatedAt":"2026-11-22T09:43:32.001Z","ipAddress":"","userAgent":"","userId":"\(user.userID)",\
                    "activeOrganizationId":null,"impersonatedBy":null,"id":"\(id)"},"user":{"name":"Al",
                    """.replacing("\n", with: "")))
            #expect(answer.setCookies.isEmpty)
            #expect(try await server.send(.post, "/get-session").status == 405)
        }
    }

    @Test("No cookie or a bad signature is null without cookies; a revoked session is null and clears them")
    func absent() async throws {
        try await TestServer.run { server in
            let user = try await server.signUp()
            for cookies in [
                nil, "other=1", "better-auth.session_token=\(user.token)",
                user.cookies.replacing("session_token=", with: "session_token=x"),
            ] {
                let answer = try await server.get("/get-session", cookies: cookies)
                #expect(answer.status == 200 && answer.text == "null" && answer.setCookies.isEmpty)
            }
            _ = try await server.database.execute("delete from \"session\"")
            let revoked = try await server.get("/get-session", cookies: user.cookies)
            #expect(revoked.status == 200 && revoked.text == "null" && revoked.setCookies.count == 3)
            #expect(revoked.setCookies.first == "better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax")
        }
    }

    @Test("An expired session is null, and its row goes")
    func expired() async throws {
        try await TestServer.run { server in
            let user = try await server.signUp()
            server.clock.advance(.seconds(604_801))
            let answer = try await server.get("/get-session", cookies: user.cookies)
            #expect(answer.text == "null" && answer.setCookies.count == 3)
            #expect(try await server.database.query("select 1 from \"session\"").isEmpty)
        }
    }

    @Test("Refreshed once a day has passed, unless told not to")
    func refresh() async throws {
        try await TestServer.run { server in
            let user = try await server.signUp()
            server.clock.advance(.seconds(86399))
            #expect(try await server.get("/get-session", cookies: user.cookies).setCookies.isEmpty)
            server.clock.advance(.seconds(1))
            for flag in ["true", "false", "0"] {
                let kept = try await server.get("/get-session?disableRefresh=\(flag)", cookies: user.cookies)
                #expect(kept.setCookies.isEmpty && kept.json?["session"]?["expiresAt"] == "2026-11-29T09:43:32.001Z")
            }
            let answer = try await server.get("/get-session", cookies: user.cookies)
            #expect(answer.json?["session"]?["expiresAt"] == "2026-11-30T09:43:32.001Z")
            #expect(answer.json?["session"]?["updatedAt"] == "2026-11-23T09:43:32.001Z")
            #expect(answer.setCookies.count == 1 && answer.setCookies.first?.contains("Max-Age=604800") == true)
            #expect(answer.cookieHeader == user.cookies, "the token stays")
        }
    }

    @Test("The application's look-up gives user, session and the cookie of a refresh")
    func lookup() async throws {
        try await TestServer.run { server in
            let user = try await server.signUp()
            let found = try #require(try await server.auth.session(for: [.cookie: user.cookies]))
            #expect(found.user.id == user.userID && found.session.token == user.token && found.setCookies.isEmpty)
            server.clock.advance(.seconds(90000))
            #expect(try await server.auth.session(for: [.cookie: user.cookies])?.setCookies.count == 1)
            #expect(try await server.auth.session(for: [:]) == nil)
            #expect(!"\(found.session)".contains(user.token), "descriptions hold no token")
        }
    }

    @Test("An https server uses Secure cookies of the __Secure- name")
    func secure() async throws {
        try await TestServer.run {
            $0.baseURL = "https://app.example.com"
            $0.cookies.domain = ".example.com"
        } _: { server in
            let answer = try await server.post("/sign-up/email", ["name": "", "email": "a@example.com", "password": "password123"])
            let cookie = try #require(answer.setCookies.first)
            #expect(cookie.hasPrefix("__Secure-better-auth.session_token="))
            #expect(cookie.hasSuffix("; Max-Age=604800; Domain=.example.com; Path=/; HttpOnly; Secure; SameSite=Lax"))
        }
    }

    @Test("Settings that cannot work are refused, without showing the secret")
    func configuration() async throws {
        try await TestServer.run { server in
            let cases: [(AuthConfigurationError.Code, AuthConfiguration)] = [
                (.secretTooShort, AuthConfiguration(baseURL: TestServer.origin, secret: "hunter2")),
                (.invalidBaseURL, AuthConfiguration(baseURL: "example.com", secret: TestServer.secret)),
                (
                    .invalidTrustedOrigin,
                    AuthConfiguration(baseURL: TestServer.origin, secret: TestServer.secret, trustedOrigins: ["example.com"])
                ),
            ]
            for (code, configuration) in cases {
                let error = #expect(throws: AuthConfigurationError.self) {
                    try Auth(configuration, database: server.database, logger: .init(label: "test"))
                }
                #expect(error?.code == code)
                #expect(error.map { "\($0)".contains("hunter2") } == false)
            }
            #expect(!"\(AuthConfiguration(baseURL: "", secret: "hunter2hunter2"))".contains("hunter2"))
        }
    }
}
