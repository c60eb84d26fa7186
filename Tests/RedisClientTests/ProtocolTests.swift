import RedisClient
import RedisTestSupport
import Testing

/// What the two dialects answer differently, read alike; on real servers.
@Suite(.timeLimit(.minutes(10))) struct ProtocolTests {
    static func url(_ dialect: RedisProtocol) async throws -> String {
        let url = try await TestRedis.url().split(separator: "?")[0]
        return "\(url)?protocol=\(dialect.rawValue)"
    }

    @Test("Typed replies are the same in RESP2 and RESP3", arguments: [RedisProtocol.resp2, .resp3]) func typedRepliesAreAlike(
        _ dialect: RedisProtocol
    ) async throws {
        try await withRedis(try await Self.url(dialect)) { redis in
            let key = "p:\(UInt64.random(in: 0...(.max)))"
            func of(_ suffix: String) -> RedisArgument { "\(key):\(suffix)" }
            _ = try await redis.send("HSET", of("hash"), "a", 1, "b", 2)
            #expect(try await redis.send("HGETALL", of("hash"), as: [String: Int].self) == ["a": 1, "b": 2])
            _ = try await redis.send("SADD", of("set"), "x", "y")
            #expect(try await redis.send("SMEMBERS", of("set"), as: Set<String>.self) == ["x", "y"])
            _ = try await redis.send("ZADD", of("zset"), 3, "three", 1.5.argument, "half")
            let scores = try await redis.send("ZRANGE", of("zset"), 0, -1, "WITHSCORES", as: RedisScores.self)
            #expect(scores.entries.map(\.score) == [1.5, 3] && scores.entries.map(\.member.string) == ["half", "three"])
            #expect(try await redis.send("ZSCORE", of("zset"), "half", as: Double?.self) == 1.5)
            #expect(try await redis.send("ZSCORE", of("zset"), "three").string == "3")
            #expect(try await redis.send("ZSCORE", of("zset"), "none", as: Double?.self) == nil)
            #expect(try await redis.send("MGET", of("none"), of("none"), as: [String?].self) == [nil, nil])
            #expect(try await redis.send("EXISTS", of("set"), as: Bool.self))
            #expect(try await redis.send("LOLWUT", "VERSION", 5, 1, 1, 1, as: String.self).contains("Redis"))
            _ = try await redis.send("SET", of("bytes"), RedisArgument([0, 0xFF, 13, 10, 0xC3]))
            #expect(try await redis.send("GET", of("bytes"), as: RedisBytes.self).bytes == [0, 0xFF, 13, 10, 0xC3])
            #expect(try await redis.send("GET", of("none"), as: RedisBytes?.self) == nil)
            let text = await #expect(throws: RedisError.self) { try await redis.send("GET", of("bytes"), as: String.self) }
            #expect(text?.code == .unexpectedReply)
            let error = await #expect(throws: RedisError.self) { try await redis.send("HGETALL", of("hash"), as: [Int: Int].self) }
            #expect(error?.code == .unexpectedReply)
        }
    }

    @Test("Speaks RESP3") func speaksRESP3() async throws {
        let server = try await TestRedis(options: "--enable-debug-command yes")
        try await withRedis(server.url) { redis in
            let map = try await redis.send("DEBUG", "PROTOCOL", "map")
            guard case .map(let entries) = map else { throw Unexpected(value: map) }
            #expect(entries.count == 3 && entries[1].value == .boolean(true))
            let set = try await redis.send("DEBUG", "PROTOCOL", "set")
            #expect(set == .set([.integer(0), .integer(1), .integer(2)]))
            #expect(try await redis.send("DEBUG", "PROTOCOL", "double") == .double(3.141))
            #expect(try await redis.send("DEBUG", "PROTOCOL", "true") == .boolean(true))
            #expect(try await redis.send("DEBUG", "PROTOCOL", "null") == .null)
            let big = try await redis.send("DEBUG", "PROTOCOL", "bignum")
            #expect(big == .bigNumber("1234567999999999999999999999999999999"))
            let verbatim = try await redis.send("DEBUG", "PROTOCOL", "verbatim")
            #expect(verbatim == .verbatimString(format: "txt", Array("This is a verbatim\nstring".utf8)))
            // Attributes describe the reply that follows; pushes are not replies at all.
            #expect(try await redis.send("DEBUG", "PROTOCOL", "attrib").string == "Some real reply following the attribute")
            #expect(try await redis.send("DEBUG", "PROTOCOL", "push").string == "Some real reply following the push reply")
            #expect(try await redis.send("ECHO", "after").string == "after")
        }
        withExtendedLifetime(server) {}
    }

    struct Unexpected: Error { let value: RedisValue }

    @Test("Falls back to RESP2 on a server without HELLO") func fallsBackOnAServerWithoutHello() async throws {
        let server = try await TestRedis(options: "--requirepass right --rename-command HELLO ''")
        let path = server.url.replacing("redis+unix://", with: "")
        try await withRedis("redis+unix://:right@\(path)?db=3") { redis in
            #expect(try await redis.send("CONFIG", "GET", "maxmemory", as: [String: String].self) == ["maxmemory": "0"])
            let info = try await redis.send("CLIENT", "INFO", as: String.self)
            #expect(info.contains("resp=2") && info.contains("db=3"))
        }
        withExtendedLifetime(server) {}
    }

    @Test("Signs in as a user", arguments: [RedisProtocol.resp2, .resp3]) func signsInAsAUser(_ dialect: RedisProtocol) async throws {
        let server = try await TestRedis()
        try await withRedis(server.url) { redis in
            _ = try await redis.send("ACL", "SETUSER", "ann", "on", ">s3 cret", "~*", "+@all")
        }
        let path = server.url.replacing("redis+unix://", with: "")
        let url = "redis+unix://ann:s3%20cret@\(path)?db=2&protocol=\(dialect.rawValue)"
        try await withRedis(url, name: "tester") { redis in
            let info = try await redis.send("CLIENT", "INFO", as: String.self)
            for part in ["user=ann", "db=2", "name=tester", "resp=\(dialect.rawValue)"] { #expect(info.contains(part)) }
        }
        try await withRedis("redis+unix://ann:no@\(path)?protocol=\(dialect.rawValue)") { redis in
            let error = await #expect(throws: RedisError.self) { try await redis.send("PING") }
            #expect(error?.code == .authenticationFailed)
        }
        withExtendedLifetime(server) {}
    }
}

extension Double {
    fileprivate var argument: RedisArgument { RedisArgument(self) }
}
