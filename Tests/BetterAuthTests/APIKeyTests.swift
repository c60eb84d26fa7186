import BetterAuth
import HTTPTypes
import JSON
import PostgresClient
import Primitives
import Testing
import TypedAPI

@Suite("API keys")
struct APIKeyTests {
    @Test("Create answers as the original does; only the hash is stored, and only create shows the key")
    func transcript() async throws {
        try await TestServer.run {
            $0.apiKeys[0].prefix = "sk_"
            $0.apiKeys[0].metadataEnabled = true
            $0.apiKeys[0].defaultPermissions = ["files": ["read"]]
        } _: { server in
            let user = try await server.signUp()
            let created = try await server.send(
                .post, "/api-key/create", body: #"{"name":"ci","metadata":{"x":1},"expiresIn":172800}"#, cookies: user.cookies)
            #expect(created.status == 200, "\(created)")
            let key = try #require(created.json?["key"]?.string)
            let id = try #require(created.json?["id"]?.string)
            #expect(key.wholeMatch(of: /sk_[a-zA-Z]{64}/) != nil)
            let time = "2026-11-22T09:43:32.001Z"
            let head = #"{"configId":"default","name":"ci","start":"\#(key.prefix(6))","referenceId":"\#(user.userID)","prefix":"sk_","#
            let tail = """
                "refillInterval":null,"refillAmount":null,"lastRefillAt":null,"enabled":true,"rateLimitEnabled":true,\
                "rateLimitTimeWindow":86400000,"rateLimitMax":10,"requestCount":0,"remaining":null,"lastRequest":null,\
                "expiresAt":"2026-11-24T09:43:32.001Z","createdAt":"\(time)","updatedAt":"\(time)","permissions":{"files":["read"]},\
                "metadata":{"x":1},"id":"\(id)"}
                """
            #expect(created.text == head + #""key":"\#(key)","# + tail)
            let row = try #require(try await server.database.query("select \"key\", \"permissions\", \"metadata\" from \"apikey\"").first)
            let (hash, permissions, metadata) = try row.decode(String.self, String.self, String.self)
            #expect(hash == APIKeys.hash(of: key) && permissions == #"{"files":["read"]}"# && metadata == #"{"x":1}"#)

            #expect(try await server.get("/api-key/get?id=\(id)", cookies: user.cookies).text == head + tail)
            let list = try await server.get("/api-key/list", cookies: user.cookies)
            #expect(list.text == #"{"apiKeys":[\#(head + tail)],"total":1}"#)
            let page = try await server.get("/api-key/list?limit=5&offset=1&sortBy=name&sortDirection=desc", cookies: user.cookies)
            #expect(page.text == #"{"apiKeys":[],"total":1,"limit":5,"offset":1}"#)

            let deleted = try await server.post("/api-key/delete", ["keyId": .string(id)], cookies: user.cookies)
            #expect(deleted.text == #"{"success":true}"#)
            let again = try await server.post("/api-key/delete", ["keyId": .string(id)], cookies: user.cookies)
            #expect(again.status == 404 && again.code == "KEY_NOT_FOUND")
        }
    }

    @Test(
        "What callers may not ask for",
        arguments: [
            (#"{"permissions":{}}"#, 400, "SERVER_ONLY_PROPERTY"), (#"{"remaining":5}"#, 400, "SERVER_ONLY_PROPERTY"),
            (#"{"remaining":null}"#, 200, nil), (#"{"rateLimitMax":1}"#, 400, "SERVER_ONLY_PROPERTY"),
            (#"{"userId":"x"}"#, 401, "UNAUTHORIZED_SESSION"),
            (#"{"metadata":{}}"#, 400, "METADATA_DISABLED"), (#"{"expiresIn":86399}"#, 400, "EXPIRES_IN_IS_TOO_SMALL"),
            (#"{"expiresIn":86400}"#, 200, nil), (#"{"expiresIn":31536001}"#, 400, "EXPIRES_IN_IS_TOO_LARGE"),
            (#"{"expiresIn":1e300}"#, 400, "EXPIRES_IN_IS_TOO_LARGE"), (#"{"expiresIn":null}"#, 200, nil),
            (#"{"expiresIn":0}"#, 400, "VALIDATION_ERROR"),
            (#"{"name":""}"#, 400, "INVALID_NAME_LENGTH"), (#"{"name":"123456789012345678901234567890123"}"#, 400, "INVALID_NAME_LENGTH"),
            (#"{"prefix":"a b"}"#, 400, "VALIDATION_ERROR"), (#"{"prefix":""}"#, 400, "INVALID_PREFIX_LENGTH"),
            (#"{"prefix":"my-"}"#, 200, nil),
            (#"{"configId":"unknown"}"#, 200, nil), (#"{"configId":"organization"}"#, 400, "ORGANIZATION_ID_REQUIRED"),
        ] as [(String, Int, String?)])
    func rules(body: String, status: Int, code: String?) async throws {
        try await TestServer.run { server in
            let user = try await server.signUp()
            let answer = try await server.send(.post, "/api-key/create", body: body, cookies: user.cookies)
            #expect(answer.status == status && answer.code == code, "\(answer)")
            #expect(try await server.send(.post, "/api-key/create", body: "{}").code == "UNAUTHORIZED_SESSION")
        }
    }

    @Test("Keys of an organization: by role, with their own prefix, and out of reach for strangers")
    func organizationKeys() async throws {
        try await TestServer.run {
            $0.organizations.access = .organizationDefault.adding(
                statements: ["apiKey": ["create", "read", "update", "delete"]], roles: ["admin": ["apiKey": ["create", "read"]]])
        } _: { server in
            let owner = try await server.signUp("owner@example.com")
            let admin = try await server.signUp("admin@example.com")
            let member = try await server.signUp("member@example.com")
            let stranger = try await server.signUp("stranger@example.com")
            let (organization, _) = try await server.auth.organizations.create(name: "A", slug: "a", ownerID: owner.userID)
            _ = try await server.auth.members.add(userID: admin.userID, organizationID: organization.id, role: "admin")
            _ = try await server.auth.members.add(userID: member.userID, organizationID: organization.id, role: "member")
            func create(_ user: TestServer.SignedIn) async throws -> Answer {
                try await server.post(
                    "/api-key/create", ["configId": "organization", "organizationId": .string(organization.id), "name": "ci"],
                    cookies: user.cookies)
            }
            let created = try await create(owner)
            #expect(created.json?["key"]?.string?.wholeMatch(of: /ms_[a-zA-Z]{64}/) != nil, "\(created)")
            #expect(created.json?["referenceId"]?.string == organization.id && created.json?["rateLimitEnabled"] == false)
            #expect(try await create(admin).status == 200)
            #expect(try await create(member).code == "INSUFFICIENT_API_KEY_PERMISSIONS")
            #expect(try await create(stranger).code == "USER_NOT_MEMBER_OF_ORGANIZATION")
            let id = try #require(created.json?["id"]?.string)
            #expect(try await server.get("/api-key/list?organizationId=\(organization.id)", cookies: admin.cookies).json?["total"] == 2)
            #expect(try await server.get("/api-key/list", cookies: owner.cookies).json?["total"] == 0)
            #expect(try await server.get("/api-key/list?organizationId=\(organization.id)", cookies: stranger.cookies).status == 403)
            #expect(try await server.get("/api-key/get?id=\(id)&configId=organization", cookies: owner.cookies).status == 200)
            #expect(try await server.get("/api-key/get?id=\(id)", cookies: owner.cookies).code == "KEY_NOT_FOUND")
            let delete: JSONValue = ["keyId": .string(id), "configId": "organization"]
            #expect(try await server.post("/api-key/delete", delete, cookies: admin.cookies).code == "INSUFFICIENT_API_KEY_PERMISSIONS")
            #expect(try await server.post("/api-key/delete", delete, cookies: owner.cookies).status == 200)
        }
    }

    @Test("Another user's key does not exist")
    func foreignKeys() async throws {
        try await TestServer.run { server in
            let al = try await server.signUp("al@example.com")
            let bo = try await server.signUp("bo@example.com")
            let id = try #require(try await server.post("/api-key/create", cookies: al.cookies).json?["id"])
            for path in ["/api-key/delete", "/api-key/update"] {
                let answer = try await server.post(path, ["keyId": id, "name": "mine"], cookies: bo.cookies)
                #expect(answer.status == 404 && answer.code == "KEY_NOT_FOUND")
            }
        }
    }

    @Test("Update: name, state and expiry; updatedAt stays")
    func update() async throws {
        try await TestServer.run { server in
            let user = try await server.signUp()
            let id = try #require(try await server.post("/api-key/create", cookies: user.cookies).json?["id"])
            server.clock.advance(.seconds(5))
            let answer = try await server.post(
                "/api-key/update", ["keyId": id, "name": "new", "enabled": false, "expiresIn": 86400], cookies: user.cookies)
            #expect(answer.json?["name"] == "new" && answer.json?["enabled"] == false, "\(answer)")
            #expect(answer.json?["expiresAt"] == "2026-11-23T09:43:37.001Z" && answer.json?["updatedAt"] == "2026-11-22T09:43:32.001Z")
            let forever = try await server.post("/api-key/update", ["keyId": id, "expiresIn": nil], cookies: user.cookies)
            #expect(forever.json?["expiresAt"] == .null)
            #expect(try await server.post("/api-key/update", ["keyId": id], cookies: user.cookies).code == "NO_VALUES_TO_UPDATE")
            #expect(
                try await server.post("/api-key/update", ["keyId": id, "name": "x", "userId": "y"], cookies: user.cookies).code
                    == "UNAUTHORIZED_SESSION")
        }
    }

    @Test("Verification: unknown, other kind, permissions, disabled, expired")
    func verification() async throws {
        try await TestServer.run { server in
            let keys = server.auth.apiKeys
            func code(_ key: String, _ configID: String? = nil, _ permissions: Permissions? = nil) async throws -> String? {
                switch try await keys.verify(key: key, configID: configID, permissions: permissions) {
                case .valid: nil
                case .invalid(let error): error.code?.rawValue
                }
            }
            let (record, key) = try await keys.create(
                configID: "organization", referenceID: "org", name: "ci", expiresIn: .seconds(86400), permissions: ["message": ["write"]])
            #expect(try await code("ms_unknown") == "INVALID_API_KEY")
            #expect(try await code(key, "default") == "INVALID_API_KEY")
            #expect(try await code(key, "organization", ["message": ["read"]]) == "KEY_NOT_FOUND")
            #expect(try await code(key, "organization", ["message": ["write"]]) == nil)
            _ = try await keys.update(id: record.id, referenceID: "org", .init(enabled: false))
            #expect(try await code(key) == "KEY_DISABLED")
            _ = try await keys.update(id: record.id, referenceID: "org", .init(enabled: true))
            server.clock.advance(.seconds(86401))
            #expect(try await code(key) == "KEY_EXPIRED")
            #expect(try await keys.lookup(hashOf: key) == nil, "an expired key is deleted")
        }
    }

    @Test("Changes at the same moment all count: none writes what it did not mention")
    func concurrentChanges() async throws {
        try await TestServer.run {
            $0.apiKeyAdditions.isEnabled = true
        } _: { server in
            let keys = server.auth.apiKeys
            let (record, _) = try await keys.create(configID: "organization", referenceID: "org", name: "before")
            for round in 0..<20 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    let addresses = try ["10.0.0.0/8"].map { try #require(AllowedAddress($0)) }
                    let changes = [
                        APIKeyChanges(name: "round \(round)"), APIKeyChanges(enabled: round % 2 == 0),
                        APIKeyChanges(permissions: ["message": ["round-\(round)"]]),
                        APIKeyChanges(allowedAddresses: round % 2 == 0 ? .value(addresses) : .null),
                    ]
                    for change in changes { group.addTask { _ = try await keys.update(id: record.id, referenceID: "org", change) } }
                    try await group.waitForAll()
                }
                let key = try #require(try await keys.get(id: record.id, referenceID: "org"))
                #expect(key.name == "round \(round)" && key.isEnabled == (round % 2 == 0))
                #expect(key.permissions == ["message": ["round-\(round)"]])
                #expect(try await keys.additions(of: [record.id])[record.id]?.allowedAddresses?.count == (round % 2 == 0 ? 1 : nil))
            }
            #expect(try await keys.update(id: record.id, referenceID: "another", .init(enabled: false)) == nil)
            #expect(try await keys.update(id: record.id, referenceID: "another", .init(allowedAddresses: .null)) == nil)
        }
    }

    @Test("Concurrent uses never exceed the rate limit, which says when to come back")
    func rateLimit() async throws {
        try await TestServer.run { server in
            let keys = server.auth.apiKeys
            let (_, key) = try await keys.create(configID: "default", referenceID: "user")
            let valid = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<25 { group.addTask { try await keys.verify(key: key).record != nil } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(valid == 10)
            server.clock.advance(.seconds(10))
            guard case .invalid(let error) = try await keys.verify(key: key) else {
                Issue.record("the eleventh use was allowed")
                return
            }
            #expect(
                error.body?.text()
                    == #"{"message":"Rate limit exceeded.","code":"RATE_LIMITED","details":{"tryAgainIn":86390000}}"#)
            server.clock.advance(.seconds(86391))
            #expect(try await keys.verify(key: key).record?.requestCount == 1)
        }
    }

    @Test("Remaining uses run out, and come back where a refill is due")
    func remaining() async throws {
        try await TestServer.run { server in
            let keys = server.auth.apiKeys
            let (record, key) = try await keys.create(configID: "organization", referenceID: "org")
            _ = try await server.database.execute(
                "update \"apikey\" set \"remaining\" = 2, \"refillAmount\" = 3, \"refillInterval\" = 60000 where \"id\" = \(record.id)")
            #expect(try await keys.verify(key: key).record?.remaining == 1)
            #expect(try await keys.verify(key: key).record?.remaining == 0)
            guard case .invalid(let error) = try await keys.verify(key: key) else {
                Issue.record("a use beyond the last was allowed")
                return
            }
            #expect(error.kind == .tooManyRequests && error.code == .apiKeyUsageExceeded)
            server.clock.advance(.seconds(61))
            #expect(try await keys.verify(key: key).record?.remaining == 2)
            _ = try await server.database.execute(
                "update \"apikey\" set \"remaining\" = 0, \"refillAmount\" = null, \"refillInterval\" = null")
            _ = try await keys.verify(key: key)
            #expect(try await keys.lookup(hashOf: key) == nil, "used up for good is deleted")
        }
    }

    @Test("Reading a key writes nothing; a touch writes at most once a minute")
    func lookupAndTouch() async throws {
        try await TestServer.run { server in
            let keys = server.auth.apiKeys
            let (record, key) = try await keys.create(
                configID: "organization", referenceID: "org", permissions: ["message": ["read", "write"]])
            #expect(try await keys.lookup(hashOf: key)?.record == record)
            #expect(try await keys.lookup(hashOf: key + "x") == nil)
            #expect(try await keys.get(id: record.id, referenceID: "other") == nil)
            try await keys.touch(record.id)
            let first = try await keys.lookup(hashOf: key)?.record.lastRequest
            #expect(first == server.clock.now)
            server.clock.advance(.seconds(59))
            try await keys.touch(record.id)
            #expect(try await keys.lookup(hashOf: key)?.record.lastRequest == first)
            server.clock.advance(.seconds(1))
            try await keys.touch(record.id)
            #expect(try await keys.lookup(hashOf: key)?.record.lastRequest == server.clock.now)
            #expect(try await keys.list(referenceID: "org", configID: "organization").count == 1)
            #expect(try await !keys.delete(id: record.id, referenceID: "other"))
            #expect(try await keys.delete(id: record.id, referenceID: "org"))
        }
    }
}
