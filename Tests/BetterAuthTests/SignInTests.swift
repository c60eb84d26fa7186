import BetterAuth
import HTTPTypes
import JSON
import PostgresClient
import Primitives
import Testing

@Suite("Signing in and out")
struct SignInTests {
    private let good: JSONValue = ["email": "AL@example.com", "password": "password123"]

    @Test("Answers token and user, and the cookie opens the session")
    func signIn() async throws {
        try await TestServer.run { server in
            _ = try await server.signUp("al@example.com")
            let answer = try await server.post("/sign-in/email", good, headers: ["user-agent": "curl/8", "x-test-address": "192.0.2.7"])
            #expect(answer.status == 200)
            #expect(answer.json?.object?.keys == ["redirect", "token", "user"])
            #expect(answer.json?["redirect"] == false)
            let session = try await server.get("/get-session", cookies: answer.cookieHeader)
            #expect(session.json?["session"]?["token"] == answer.json?["token"])
            #expect(session.json?["session"]?["ipAddress"] == "192.0.2.7" && session.json?["session"]?["userAgent"] == "curl/8")
        }
    }

    @Test("Unknown address and wrong password answer alike; a malformed address is another error")
    func refusals() async throws {
        try await TestServer.run { server in
            _ = try await server.signUp("al@example.com")
            let wrong = try await server.post("/sign-in/email", ["email": "al@example.com", "password": "password124"])
            let unknown = try await server.post("/sign-in/email", ["email": "bo@example.com", "password": "password123"])
            for answer in [wrong, unknown] {
                #expect(answer.status == 401 && answer.setCookies.isEmpty)
                #expect(answer.text == #"{"message":"Invalid email or password","code":"INVALID_EMAIL_OR_PASSWORD"}"#)
            }
            #expect(try await server.post("/sign-in/email", ["email": "bo", "password": "x"]).code == "INVALID_EMAIL")
        }
    }

    @Test("An unknown address costs as much time as a wrong password")
    func timing() async throws {
        try await TestServer.run { server in
            _ = try await server.signUp("al@example.com")
            // The least of several, taken in turns: without its hash the unknown address would cost a fiftieth.
            var (known, unknown) = (Duration.seconds(600), Duration.seconds(600))
            for _ in 0..<5 {
                for email in ["al@example.com", "bo@example.com"] {
                    let start = ContinuousClock.now
                    _ = try await server.post("/sign-in/email", ["email": .string(email), "password": "password124"])
                    let time = ContinuousClock.now - start
                    if email == "al@example.com" { known = min(known, time) } else { unknown = min(unknown, time) }
                }
            }
            #expect(unknown > known / 8, "known \(known), unknown \(unknown)")
        }
    }

    @Test("Not to be remembered: session cookies only, one day, never refreshed")
    func forgetful() async throws {
        try await TestServer.run { server in
            _ = try await server.signUp("al@example.com")
            let wish: JSONValue = ["email": "al@example.com", "password": "password123", "rememberMe": false]
            let answer = try await server.post("/sign-in/email", wish)
            #expect(answer.setCookies.count == 2 && !answer.setCookies.joined().contains("Max-Age"))
            #expect(answer.setCookies.first?.hasSuffix("%3D; Path=/; HttpOnly; SameSite=Lax") == true)
            #expect(
                answer.setCookies.last
                    == "better-auth.dont_remember=true.X0AGmDU9TDSqnWS42gHpv6DqYlxLtdefxIsBpVGcl74%3D; Path=/; HttpOnly; SameSite=Lax"
            )
            let session = try await server.get("/get-session", cookies: answer.cookieHeader)
            #expect(session.json?["session"]?["expiresAt"] == "2026-11-23T09:43:32.001Z")
            server.clock.advance(.seconds(86000))
            let later = try await server.get("/get-session", cookies: answer.cookieHeader)
            #expect(later.json?["session"]?["expiresAt"] == "2026-11-23T09:43:32.001Z" && later.setCookies.isEmpty)
            let remembered = try await server.post("/sign-in/email", good, cookies: answer.cookieHeader)
            #expect(remembered.setCookies.last == "better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax")
        }
    }

    @Test("A callback is told, not followed")
    func callback() async throws {
        try await TestServer.run { server in
            _ = try await server.signUp("al@example.com")
            let wish: JSONValue = ["email": "al@example.com", "password": "password123", "callbackURL": "/dash"]
            let answer = try await server.post("/sign-in/email", wish)
            #expect(answer.status == 200 && answer.headers[.location] == "/dash")
            #expect(answer.json?["redirect"] == true && answer.json?["url"] == "/dash")
            #expect(answer.json?.object?.keys == ["redirect", "token", "url", "user"])
        }
    }

    @Test("A banned user is refused after the right password only; a ban that ran out is lifted")
    func bans() async throws {
        try await TestServer.run { server in
            let user = try await server.signUp("al@example.com")
            let until = server.clock.now + .seconds(60)
            _ = try await server.database.execute(
                "update \"user\" set \"banned\" = true, \"banExpires\" = \(until) where \"id\" = \(user.userID)")
            let banned = try await server.post("/sign-in/email", good)
            #expect(banned.status == 403 && banned.code == "BANNED_USER")
            #expect(
                banned.message
                    == "You have been banned from this application. Please contact support if you believe this is an error.")
            server.clock.advance(.seconds(61))
            let freed = try await server.post("/sign-in/email", good)
            #expect(freed.status == 200 && freed.json?["user"]?["banned"] == false && freed.json?["user"]?["banExpires"] == .null)
        }
    }

    @Test("Signing out deletes the row and expires three cookies, and works without a session")
    func signOut() async throws {
        try await TestServer.run { server in
            let user = try await server.signUp()
            let expired = ["session_token", "session_data", "dont_remember"].map {
                "better-auth.\($0)=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"
            }
            let answer = try await server.post("/sign-out", cookies: user.cookies)
            #expect(answer.status == 200 && answer.text == #"{"success":true}"#)
            #expect(answer.setCookies == expired)
            #expect(try await server.database.query("select 1 from \"session\"").isEmpty)
            let again = try await server.send(.post, "/sign-out")
            #expect(again.status == 200 && again.text == #"{"success":true}"#)
            let chunked = try await server.post("/sign-out", cookies: "better-auth.session_data.0=x; better-auth.session_data.1=y")
            #expect(chunked.setCookies.count == 5)
        }
    }
}
