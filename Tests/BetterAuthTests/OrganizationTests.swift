import BetterAuth
import HTTPTypes
import JSON
import PostgresClient
import Testing

@Suite("Organizations")
struct OrganizationTests {
    @Test("Create, list and full answers as the original gives them")
    func transcript() async throws {
        try await TestServer.run { server in
            let user = try await server.signUp()
            let created = try await server.send(
                .post, "/organization/create", body: #"{"name":"Acme","slug":"acme","metadata":{"a":1},"logo":"l.png"}"#,
                cookies: user.cookies)
            #expect(created.status == 200, "\(created)")
            let id = try #require(created.json?["id"]?.string)
            let member = try #require(created.json?["members"]?[0]?["id"]?.string)
            let time = "2026-11-22T09:43:32.001Z"
            #expect(
                created.text == """
                    {"name":"Acme","slug":"acme","logo":"l.png","createdAt":"\(time)","metadata":{"a":1},"id":"\(id)","members":[\
                    {"organizationId":"\(id)","userId":"\(user.userID)","role":"owner","createdAt":"\(time)","id":"\(member)"}]}
                    """)
            #expect(created.setCookies.isEmpty)
            let read = #"{"name":"Acme","slug":"acme","logo":"l.png","createdAt":"\#(time)","metadata":"{\"a\":1}","id":"\#(id)""#
            let list = try await server.get("/organization/list", cookies: user.cookies)
            #expect(list.text == "[\(read)}]")
            let full = try await server.get("/organization/get-full-organization", cookies: user.cookies)
            #expect(
                full.text == """
                    \(read),"invitations":[],"members":[{"organizationId":"\(id)","userId":"\(user.userID)","role":"owner",\
                    "createdAt":"\(time)","id":"\(member)","user":{"id":"\(user.userID)","name":"Al","email":"al@example.com","image":null}}]}
                    """)
            let session = try await server.get("/get-session", cookies: user.cookies)
            #expect(session.json?["session"]?["activeOrganizationId"]?.string == id)
        }
    }

    @Test("A taken slug is refused and nothing of it stays; metadata may be left out")
    func slugs() async throws {
        try await TestServer.run { server in
            let user = try await server.signUp()
            let body: JSONValue = ["name": "Acme", "slug": "acme", "keepCurrentActiveOrganization": true]
            let first = try await server.post("/organization/create", body, cookies: user.cookies)
            #expect(first.json?.object?.contains("metadata") == false)
            let second = try await server.post("/organization/create", body, cookies: user.cookies)
            #expect(second.status == 400 && second.code == "ORGANIZATION_ALREADY_EXISTS")
            #expect(try await server.database.query("select 1 from \"member\"").count == 1)
            #expect(try await server.get("/get-session", cookies: user.cookies).json?["session"]?["activeOrganizationId"] == .null)
            let taken = try await server.post("/organization/check-slug", ["slug": "acme"], cookies: user.cookies)
            #expect(taken.status == 400 && taken.code == "ORGANIZATION_SLUG_ALREADY_TAKEN")
            let free = try await server.post("/organization/check-slug", ["slug": "free"], cookies: user.cookies)
            #expect(free.text == #"{"status":true}"#)
        }
    }

    @Test("Without a session")
    func unauthenticated() async throws {
        try await TestServer.run { server in
            let create = try await server.post("/organization/create", ["name": "A", "slug": "a"])
            #expect(create.status == 401 && create.text.isEmpty && create.headers[.contentType] == "application/json")
            let list = try await server.get("/organization/list")
            #expect(list.status == 401 && list.text == #"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#)
        }
    }

    @Test("Set active: by id, by slug, null clears, {} asks")
    func setActive() async throws {
        try await TestServer.run { server in
            let user = try await server.signUp()
            for slug in ["one", "two"] {
                _ = try await server.post("/organization/create", ["name": .string(slug), "slug": .string(slug)], cookies: user.cookies)
            }
            func activate(_ body: JSONValue) async throws -> Answer {
                try await server.post("/organization/set-active", body, cookies: user.cookies)
            }
            #expect(try await activate([:]).json?["slug"] == "two")
            let one = try await activate(["organizationSlug": "one"])
            #expect(one.json?["slug"] == "one" && one.json?["metadata"] == .null)
            #expect(one.setCookies.count == 1 && one.setCookies.first?.contains("session_token=\(user.token).") == true)
            #expect(try await activate([:]).json?["slug"] == "one")
            let cleared = try await activate(["organizationId": nil])
            #expect(cleared.text == "null" && cleared.setCookies.count == 1)
            #expect(try await activate([:]).text == "null")
            #expect(try await server.get("/organization/get-full-organization", cookies: user.cookies).text == "null")
            #expect(try await activate(["organizationId": "nope"]).code == "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION")
            #expect(try await activate(["organizationSlug": "nope"]).code == "ORGANIZATION_NOT_FOUND")
        }
    }

    @Test("A stranger is refused and loses the active organization")
    func strangers() async throws {
        try await TestServer.run { server in
            let owner = try await server.signUp("owner@example.com")
            let other = try await server.signUp("other@example.com")
            let foreign = try await server.post("/organization/create", ["name": "F", "slug": "foreign"], cookies: owner.cookies)
            _ = try await server.post("/organization/create", ["name": "O", "slug": "own"], cookies: other.cookies)
            let id = try #require(foreign.json?["id"])
            let refused = try await server.post("/organization/set-active", ["organizationId": id], cookies: other.cookies)
            #expect(refused.status == 403 && refused.code == "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION")
            #expect(try await server.get("/get-session", cookies: other.cookies).json?["session"]?["activeOrganizationId"] == .null)
            let read = try await server.get("/organization/get-organization?organizationSlug=foreign", cookies: other.cookies)
            #expect(read.status == 403)
            #expect(try await server.get("/organization/list", cookies: other.cookies).json?.array?.count == 1)
        }
    }

    @Test("Of many additions of one user at once, one succeeds")
    func doubleMembership() async throws {
        try await TestServer.run { server in
            let owner = try await server.signUp("owner@example.com")
            let other = try await server.signUp("other@example.com")
            let (organization, _) = try await server.auth.organizations.create(name: "A", slug: "a", ownerID: owner.userID)
            let outcomes = await withTaskGroup(of: String.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        do {
                            _ = try await server.auth.members.add(userID: other.userID, organizationID: organization.id, role: "member")
                            return "added"
                        } catch { return (error as? AuthError)?.code?.rawValue ?? "\(error)" }
                    }
                }
                return await group.reduce(into: [:] as [String: Int]) { $0[$1, default: 0] += 1 }
            }
            #expect(outcomes == ["added": 1, "USER_IS_ALREADY_A_MEMBER_OF_THIS_ORGANIZATION": 7])
            let member = try await server.auth.members.membership(userID: other.userID, organizationID: organization.id)
            #expect(member?.roles == ["member"])
            #expect(try await server.auth.members.membership(userID: other.userID, organizationID: "x") == nil)
        }
    }

    @Test(
        "One role must grant everything; roles are not united, and an empty request is refused",
        arguments: [
            ("owner", ["organization": ["update", "delete"]], true), ("admin", ["organization": ["delete"]], false),
            ("admin", ["organization": ["update"], "member": ["create"]], true), ("member", ["ac": ["read"]], true),
            ("member,admin", ["organization": ["update"], "ac": ["read"]], true), ("nobody", ["ac": ["read"]], false),
            ("left,right", ["project": ["read"]], true), ("left,right", ["project": ["read", "write"]], false),
            ("owner", [:], false), ("owner", ["organization": []], false), ("owner", ["unknown": ["x"]], false),
        ] as [(String, [String: [String]], Bool)])
    func roles(role: String, request: [String: [String]], isAllowed: Bool) throws {
        let access = AccessControl.organizationDefault.adding(
            statements: ["project": ["read", "write"]], roles: ["left": ["project": ["read"]], "right": ["project": ["write"]]])
        let json = JSONValue.object(request.reduce(into: JSONObject()) { $0[$1.key] = .array($1.value.map(JSONValue.string)) })
        #expect(access.allows(role: role, try #require(Permissions(json))) == isAllowed)
    }
}
