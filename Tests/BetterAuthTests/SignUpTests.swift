import BetterAuth
import HTTPTypes
import JSON
import PostgresClient
import Primitives
import Testing

@Suite("Signing up")
struct SignUpTests {
    @Test("Creates user, account and session, answers field by field, and sets the signed cookie")
    func signUp() async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "/sign-up/email", ["name": "Al", "email": "U1795340611006@EX.COM", "password": "password123"])
            #expect(answer.status == 200, "\(answer)")
            let token = try #require(answer.json?["token"]?.string)
            let id = try #require(answer.json?["user"]?["id"]?.string)
            #expect(token.wholeMatch(of: /[a-zA-Z0-9]{32}/) != nil && id.wholeMatch(of: /[a-zA-Z0-9]{32}/) != nil)
            let time = "2026-11-22T09:43:32.001Z"
            #expect(
                answer.text == """
                    {"token":"\(token)","user":{"name":"Al","email":"u1795340611006@ex.com","emailVerified":false,"image":null,\
                    "createdAt":"\(time)","updatedAt":"\(time)","role":"user","banned":false,"banReason":null,"banExpires":null,\
                    "twoFactorEnabled":false,"id":"\(id)"}}
                    """)
            #expect(answer.setCookies.count == 1)
            let cookie = try #require(answer.setCookies.first)
            #expect(cookie.hasPrefix("better-auth.session_token=\(token)."))
            #expect(cookie.hasSuffix("%3D; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"))

            let account = try #require(
                try await server.database.query(
                    "select \"accountId\", \"providerId\", \"password\" from \"account\" where \"userId\" = \(id)"
                ).first)
            let (accountID, provider, password) = try account.decode(String.self, String.self, String.self)
            #expect(accountID == id && provider == "credential")
            #expect(password.wholeMatch(of: /[0-9a-f]{32}:[0-9a-f]{128}/) != nil)
        }
    }

    @Test("A taken address is refused in either case of letters, and nothing is stored")
    func duplicate() async throws {
        try await TestServer.run { server in
            _ = try await server.signUp("al@example.com")
            let answer = try await server.post("/sign-up/email", ["name": "B", "email": "AL@example.com", "password": "password123"])
            #expect(answer.status == 422)
            #expect(
                answer.text
                    == #"{"message":"User already exists. Use another email.","code":"USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"}"#)
            #expect(try await server.database.query("select 1 from \"user\"").count == 1)
        }
    }

    @Test("Of many sign-ups with one address at once, one succeeds")
    func race() async throws {
        try await TestServer.run { server in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        try await server.post("/sign-up/email", ["name": "B", "email": "r@example.com", "password": "password123"]).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted() == [200, 422, 422, 422, 422, 422])
            #expect(try await server.database.query("select 1 from \"account\"").count == 1)
            #expect(try await server.database.query("select 1 from \"session\"").count == 1)
        }
    }

    @Test(
        "Length of passwords, in UTF-16 units",
        arguments: [
            ("1234567", "PASSWORD_TOO_SHORT"), ("12345678", nil), (String(repeating: "a", count: 128), nil),
            (String(repeating: "a", count: 129), "PASSWORD_TOO_LONG"), ("😀😀😀😀", nil), ("äöüäöüä", "PASSWORD_TOO_SHORT"),
        ])
    func passwordLength(password: String, code: String?) async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/sign-up/email", ["name": "", "email": "a@example.com", "password": .string(password)])
            #expect(answer.code == code)
            #expect(answer.status == (code == nil ? 200 : 400))
        }
    }

    @Test("Callers cannot choose their role; other protected fields are ignored")
    func protectedFields() async throws {
        try await TestServer.run { server in
            let base: JSONObject = ["name": "A", "email": "a@example.com", "password": "password123"]
            var wish = base
            wish["role"] = "admin"
            let refused = try await server.post("/sign-up/email", .object(wish))
            #expect(refused.status == 400)
            #expect(refused.text == #"{"message":"role is not allowed to be set","code":"FIELD_NOT_ALLOWED"}"#)
            wish = base
            wish["emailVerified"] = true
            wish["banned"] = true
            wish["id"] = "mine"
            let answer = try await server.post("/sign-up/email", .object(wish))
            #expect(answer.status == 200)
            #expect(answer.json?["user"]?["emailVerified"] == false && answer.json?["user"]?["banned"] == false)
            #expect(answer.json?["user"]?["id"] != "mine")
        }
    }

    @Test("Where addresses must be verified, a known address answers like a new one")
    func enumeration() async throws {
        try await TestServer.run {
            $0.emailAndPassword.requireEmailVerification = true
        } _: { server in
            let wish: JSONValue = ["name": "A", "email": "a@example.com", "password": "password123"]
            let first = try await server.post("/sign-up/email", wish)
            let second = try await server.post("/sign-up/email", wish)
            for answer in [first, second] {
                #expect(answer.status == 200 && answer.setCookies.isEmpty)
                #expect(answer.json?["token"] == .null)
            }
            #expect(first.json?["user"]?.object?.keys == second.json?["user"]?.object?.keys)
            #expect(first.json?["user"]?["id"] != second.json?["user"]?["id"])
            #expect(try await server.database.query("select 1 from \"user\"").count == 1)
            let early = try await server.post("/sign-in/email", ["email": "a@example.com", "password": "password123"])
            #expect(early.status == 403 && early.code == "EMAIL_NOT_VERIFIED")
            let wrong = try await server.post("/sign-in/email", ["email": "a@example.com", "password": "password124"])
            #expect(wrong.status == 401)
        }
    }

    @Test("A database of 1.7.0 to 1.7.2, which demands an issuer, works")
    func issuerColumn() async throws {
        try await TestServer.run { server in
            _ = try await server.database.execute("alter table \"account\" add column \"issuer\" text not null")
            _ = try await server.signUp()
            let row = try #require(try await server.database.query("select \"issuer\" from \"account\"").first)
            #expect(try row.get(0, as: String.self) == "local:credential")
        }
    }

    @Test("A user made by the server has a role and no session")
    func serverMade() async throws {
        try await TestServer.run { server in
            let user = try await server.auth.users.create(
                name: "Root", email: "Root@example.com", password: "password123", role: "admin,user", emailVerified: true)
            #expect(user.roles == ["admin", "user"] && user.emailVerified)
            #expect(try await server.auth.users.find(email: "ROOT@example.com") == user)
            #expect(try await server.database.query("select 1 from \"session\"").isEmpty)
            let answer = try await server.post("/sign-in/email", ["email": "root@example.com", "password": "password123"])
            #expect(answer.json?["user"]?["role"] == "admin,user")
        }
    }
}
