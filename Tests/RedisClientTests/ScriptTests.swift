import Foundation
import RedisClient
import RedisTestSupport
import Synchronization
import Testing

/// Scripts go by their SHA-1, and by their text only where the server does not know them.
@Suite(.timeLimit(.minutes(10))) struct ScriptTests {
    private let script = RedisScript("return {KEYS[1], ARGV[1]}")

    @Test("Script texts are sent once, and again after SCRIPT FLUSH") func textsAreSentOnceAndAgainAfterAFlush() async throws {
        let server = try await TestRedis()
        try await withRedis(server.url) { redis async throws in
            for _ in 0..<5 { #expect(try await answer(redis) == ["k", "v"]) }
            #expect(try await redis.send("SCRIPT", "EXISTS", "\(script.sha)") == .array([.integer(1)]))
            #expect(try await calls(redis) == ["evalsha": 5, "eval": 1])
            #expect(try await redis.send("SCRIPT", "FLUSH").string == "OK")
            for _ in 0..<5 { #expect(try await answer(redis) == ["k", "v"]) }
            #expect(try await calls(redis) == ["evalsha": 10, "eval": 2])
        }
    }

    @Test("A script's error is not retried") func errorsOfAScriptAreNotTriedAgain() async throws {
        let server = try await TestRedis()
        try await withRedis(server.url) { redis async throws in
            let failing = RedisScript("return redis.error_reply('NO it does not')")
            for _ in 0..<2 {
                let error = await #expect(throws: RedisError.self) { try await redis.run(failing, keys: [], arguments: []) }
                #expect(error?.server?.prefix == "NO")
            }
            #expect(try await calls(redis) == ["evalsha": 2, "eval": 1])
        }
    }

    /// The server is stopped for half of the time, and the script does not end.
    @Test("The timeout covers both attempts together") func theTimeoutHoldsForBothTriesTogether() async throws {
        let server = try await TestRedis()
        let (timeout, heard) = (Duration.seconds(4), RedisMetricsTests.Heard())
        try await withRedis(server.url, observer: heard.observer) { redis in
            _ = try await redis.send("PING")
            // On the client's thread, with one of its own to end the stop: what other tests do changes no time here.
            let error = await withTaskExecutorPreference(redis.executor) {
                server.freeze()
                Thread.detachNewThread {
                    Thread.sleep(forTimeInterval: timeout / .seconds(2))
                    server.thaw()
                }
                return await #expect(throws: RedisError.self) {
                    try await redis.run(RedisScript("while true do end"), keys: [], arguments: [], timeout: timeout)
                }
            }
            #expect(error?.code == .timedOut)
        }
        let tries = heard.state.withLock { $0.events.dropFirst() }
        #expect(tries.map(\.commands) == [["EVALSHA"], ["EVAL"]])
        let (first, second) = (try #require(tries.first), try #require(tries.last))
        #expect(first.total > timeout / 4)
        #expect(first.total + second.total < timeout + first.total / 2, "what the first took was gone")
    }

    private func answer(_ redis: Redis) async throws -> [String?] {
        try await redis.run(script, keys: ["k"], arguments: ["v"]).array?.map(\.string) ?? []
    }

    /// How often the server ran which of the commands that run scripts.
    private func calls(_ redis: Redis) async throws -> [String: Int] {
        let lines = try await redis.send("INFO", "commandstats", as: String.self).split(whereSeparator: \.isNewline)
        return lines.reduce(into: [:]) { calls, line in
            for name in ["evalsha", "eval"] where line.hasPrefix("cmdstat_\(name):calls=") {
                calls[name] = Int(line.dropFirst("cmdstat_\(name):calls=".count).prefix { $0 != "," })
            }
        }
    }
}
