import Testing

@testable import RedisClient

@Suite struct RedisURLTests {
    @Test("Parses TCP URLs") func readsTCP() throws {
        let url = try RedisURL("redis://me:p%40ss@example.org:6380/3")
        #expect(url.address == .tcp(host: "example.org", port: 6380))
        #expect(url.user == "me" && url.password == "p@ss" && url.database == 3)
        #expect(url.description == "redis://example.org:6380/3")
        #expect(try RedisURL("redis://").address == .tcp(host: "127.0.0.1", port: 6379))
        #expect(try RedisURL("redis://:secret@[::1]:7000").address == .tcp(host: "::1", port: 7000))
        #expect(try RedisURL("redis://:secret@h").user == nil)
    }

    @Test("Parses Unix socket URLs") func readsSockets() throws {
        let url = try RedisURL("redis+unix://:pw@/run/redis.sock?db=2")
        #expect(url.address == .unix(path: "/run/redis.sock"))
        #expect(url.password == "pw" && url.database == 2)
        #expect(try RedisURL("unix:///a/b").address == .unix(path: "/a/b"))
    }

    /// The examples of the documentation.
    @Test(
        "Descriptions of URLs hold no secrets",
        arguments: [
            ("redis://localhost", "redis://localhost:6379/0"), ("redis://:secret@10.0.0.7:6380/2", "redis://10.0.0.7:6380/2"),
            ("redis://ann:s3%20cret@redis.internal", "redis://redis.internal:6379/0"),
            ("redis://[::1]:6379/0?protocol=2", "redis://[::1]:6379/0"),
            ("rediss://ann:secret@redis.internal:6380", "rediss://redis.internal:6380/0"),
            ("rediss://redis.internal?ca=/etc/redis/ca.pem", "rediss://redis.internal:6379/0"),
            ("redis+unix:///run/redis/redis.sock?db=2", "redis+unix:///run/redis/redis.sock?db=2"),
            ("unix://:secret@/run/redis/redis.sock", "redis+unix:///run/redis/redis.sock?db=0"),
        ])
    func readsAndNamesWithoutSecrets(_ text: String, _ name: String) throws {
        #expect(try RedisURL(text).description == name)
    }

    @Test(
        "Invalid URLs are refused",
        arguments: [
            "localhost:6379", "rediss://x?ca=", "redis://x?ca=/ca.pem", "redis://x?protocol=4", "http://x", "redis://x:99999",
            "redis://x/abc",
            "redis://a%zz@x", "unix://run/x", "redis://x#0", "redis://a b", "redis://[::1]6379", "redis://[::1", "redis://:%ff@x",
            "redis://x\\y", "redis://me:a/b@x", "redis://me:a?b@x",
        ])
    func refuses(_ text: String) {
        #expect(throws: RedisError.self) { try RedisURL(text) }
    }

    @Test("Parses TLS URLs") func readsTLS() throws {
        let url = try RedisURL("rediss://me:secret@redis.example/1?ca=/etc/my%20ca.pem&protocol=2")
        #expect(url.address == .tcp(host: "redis.example", port: 6379) && url.database == 1)
        #expect(url.tls?.authorityFile == "/etc/my ca.pem" && url.protocolVersion == .resp2)
        #expect(url.description == "rediss://redis.example:6379/1")
        #expect(try RedisURL("rediss://x").tls == RedisTLS())
        #expect(try RedisURL("redis://x").tls == nil)
    }

    @Test("Descriptions of the client hold no secrets") func keepsSecretsToItself() throws {
        let error = #expect(throws: RedisError.self) { try RedisURL("rediss://user:topsecret@x/y") }
        #expect(error?.description.contains("topsecret") == false)
        let slash = #expect(throws: RedisError.self) { try RedisURL("redis://user:top/secret@x") }
        #expect(slash?.description.contains("%2F") == true && slash?.description.contains("top") == false)
    }
}
