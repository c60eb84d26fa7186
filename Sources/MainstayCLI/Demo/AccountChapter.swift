import JSON
import Primitives

/// Who publishes in the second half of the story, and with what.
struct DemoAccount: Sendable {
    let client: DemoClient
    let organizationID: String
    let projectID: String
    let key: String
    /// The usage that `/v1/me` told before the first message.
    let usedBefore: Int
}

/// From nothing to a key that works: health, sign-up, organization, project, key.
struct AccountChapter {
    let client: DemoClient

    private static let cookieFile = "mainstay-demo.cookies"

    func tell(_ teller: DemoTeller) async throws(DemoToldFailure) -> DemoAccount {
        // New each time, so that the story can be told again on the same database.
        let mark = SecureRandom.string(10, alphabet: .alphanumeric).lowercased()
        try await teller.step("The server is up") { try await health() }
        try await teller.step("Ada signs up") { try await signUp(email: "ada-\(mark)@example.com") }
        let organizationID = try await teller.step("She makes an organization") { try await makeOrganization(slug: "demo-\(mark)") }
        let projectID = try await teller.step("and a project in it") { try await makeProject(organizationID: organizationID) }
        let key = try await teller.step("and an API key for her program") { try await makeKey(organizationID: organizationID) }
        let used = try await teller.step("The key knows whose it is") { try await me(key: key, organizationID: organizationID) }
        return DemoAccount(client: client, organizationID: organizationID, projectID: projectID, key: key, usedBefore: used)
    }

    private func health() async throws -> DemoTeller.Telling {
        let answer = try await client.send("GET", "/health").expecting(200)
        guard try answer.text("status") == "ok" else {
            throw DemoFailure(.unexpectedAnswer, "GET /health answered 200 without status \"ok\": \(answer.excerpt)")
        }
        let ready = try await client.send("GET", "/ready").expecting(200, hint: "A store is not reachable from the server.")
        return .init(
            seen: ["GET /health → 200 \(answer.excerpt)", "GET /ready → 200 \(ready.excerpt)"],
            curl: [curl("/health").text])
    }

    private func signUp(email: String) async throws -> DemoTeller.Telling {
        let password = SecureRandom.string(20, alphabet: .alphanumeric)
        let answer = try await client.send(
            "POST", "/api/auth/sign-up/email", json: ["name": "Ada", "email": .string(email), "password": .string(password)]
        ).expecting(200)
        guard try answer.text("user", "email") == email else {
            throw DemoFailure(.unexpectedAnswer, "Sign-up answered with another e-mail address: \(answer.excerpt)")
        }
        let session = try await client.send("GET", "/api/auth/get-session").expecting(200)
        guard session.json["user"]?["email"]?.string == email else {
            throw DemoFailure(.unexpectedAnswer, "The cookie of the sign-up does not open a session: \(session.excerpt)")
        }
        let credentials: JSONValue = ["email": .string(email), "password": .string(password)]
        return .init(
            seen: [
                "POST /api/auth/sign-up/email → 200, user \(try answer.text("user", "id"))",
                "the session cookie opens \(email)'s session",
            ],
            curl: [
                CurlCommand(
                    url: "\(client.baseURL)/api/auth/sign-in/email", body: credentials.text(), cookies: .save(Self.cookieFile)
                ).text
            ])
    }

    private func makeOrganization(slug: String) async throws -> (String, DemoTeller.Telling) {
        let answer = try await client.send(
            "POST", "/api/auth/organization/create", json: ["name": "Demo", "slug": .string(slug)]
        ).expecting(200)
        let id = try answer.text("id")
        let active = try await client.send(
            "POST", "/api/auth/organization/set-active", json: ["organizationId": .string(id)]
        ).expecting(200)
        guard try active.text("id") == id else {
            throw DemoFailure(.unexpectedAnswer, "Another organization than \(id) became active: \(active.excerpt)")
        }
        let role = answer.json["members"]?[0]?["role"]?.string ?? "?"
        return (
            id,
            .init(
                seen: [
                    "POST /api/auth/organization/create → 200, organization \(id)",
                    "she is its \(role), and it is active in her session",
                ],
                curl: [curl("/api/auth/organization/list", cookies: true).text])
        )
    }

    private func makeProject(organizationID: String) async throws -> (String, DemoTeller.Telling) {
        let answer = try await client.send("POST", "/admin/projects", json: ["name": "Demo"]).expecting(201)
        let id = try answer.text("data", "id")
        return (
            id,
            .init(
                seen: ["POST /admin/projects → 201, project \(id)"],
                curl: [curl("/admin/projects", cookies: true, headers: [("X-Organization-Id", organizationID)]).text])
        )
    }

    private func makeKey(organizationID: String) async throws -> (String, DemoTeller.Telling) {
        let answer = try await client.send("POST", "/admin/api-keys", json: ["name": "demo"]).expecting(201)
        let key = try answer.text("data", "key")
        guard key.hasPrefix("ms_") else {
            throw DemoFailure(.unexpectedAnswer, "The new API key does not start with ms_: \(key.prefix(6))…")
        }
        let permissions = answer.json["data"]?["permissions"]?.array?.compactMap(\.string) ?? []
        return (
            key,
            .init(
                seen: ["POST /admin/api-keys → 201, shown once: \(key.prefix(10))…", "it may \(permissions.joined(separator: ", "))"],
                curl: [curl("/admin/api-keys", cookies: true, headers: [("X-Organization-Id", organizationID)]).text])
        )
    }

    private func me(key: String, organizationID: String) async throws -> (Int, DemoTeller.Telling) {
        let answer = try await client.send("GET", "/v1/me", key: key).expecting(200)
        guard try answer.text("data", "organization", "id") == organizationID else {
            throw DemoFailure(.unexpectedAnswer, "GET /v1/me names another organization than \(organizationID): \(answer.excerpt)")
        }
        let used = try answer.number("data", "usage", "messages", "used")
        let limit = answer.json["data"]?["usage"]?["messages"]?["limit"]?.int.map(String.init) ?? "unlimited"
        return (
            used,
            .init(
                seen: ["GET /v1/me → 200, plan \(try answer.text("data", "plan")), \(used) of \(limit) messages used"],
                curl: [CurlCommand(url: "\(client.baseURL)/v1/me", headers: [("Authorization", "Bearer \(key)")]).text])
        )
    }

    private func curl(_ path: String, cookies: Bool = false, headers: [(String, String)] = []) -> CurlCommand {
        CurlCommand(url: client.baseURL + path, headers: headers, cookies: cookies ? .send(Self.cookieFile) : nil)
    }
}
