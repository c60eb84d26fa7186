import Logging
import RedisClient
import RedisTestSupport
import TestServices
import Testing

/// Runs `body` with a connected client, and takes the client down afterwards.
func withRedis<R: Sendable>(
    _ url: String, name: String? = nil, timeout: Duration = .seconds(60), observer: RedisObserver? = nil,
    _ body: @Sendable (Redis) async throws -> R
) async throws -> R {
    let redis = try Redis(
        url: url, logger: Logger(label: "test"), name: name, timeout: timeout, connectTimeout: .seconds(5), observer: observer)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await redis.run() }
        defer { group.cancelAll() }
        return try await body(redis)
    }
}

@Suite(.timeLimit(.minutes(10))) struct RedisTests {
    @Test("Sends commands and receives replies") func sendsAndReceives() async throws {
        try await withRedis(try await TestRedis.url()) { redis in
            let key = "t:\(UInt64.random(in: 0...(.max)))"
            #expect(try await redis.send("SET", "\(key)", "wörld") == .simpleString("OK"))
            #expect(try await redis.send("GET", "\(key)").string == "wörld")
            let replies = try await redis.pipeline([RedisCommand("LPUSH", "\(key)", "x"), RedisCommand("DEL", "\(key)")])
            guard case .error(let error) = replies[0] else { throw Unexpected() }
            #expect(error.prefix == "WRONGTYPE")
            #expect(replies[1] == .integer(1))
            let thrown = await #expect(throws: RedisError.self) { try await redis.send("NONSENSE") }
            #expect(thrown?.code == .server)
        }
    }

    struct Unexpected: Error {}

    @Test("Pipelines commands of many tasks") func pipelinesManyTasks() async throws {
        try await withRedis(try await TestRedis.url()) { redis in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<2000 {
                    group.addTask { try await redis.send("ECHO", RedisArgument(number)).int == number }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test("Large values pass both ways") func largeValues() async throws {
        try await withRedis(try await TestRedis.url()) { redis in
            let bytes = [UInt8](repeating: 7, count: 5_000_000)
            let reply = try await redis.send("ECHO", RedisArgument(bytes))
            #expect(reply.bytes == bytes)
        }
    }

    @Test("Pipelines are not limited by size") func pipelinesAreNotLimitedBySize() async throws {
        let server = try await TestRedis()
        try await withRedis(server.url) { redis in
            // More than what waits in the queue, and than what is written in one piece.
            let bytes = [UInt8](repeating: 7, count: 40_000_000)
            let replies = try await redis.pipeline(
                ["a", "b", "c"].map { RedisCommand("SET", $0, RedisArgument(bytes)) } + [RedisCommand("STRLEN", "c")])
            #expect(replies == [.simpleString("OK"), .simpleString("OK"), .simpleString("OK"), .integer(40_000_000)])
            let numbers = try await redis.pipeline((0..<20_000).map { RedisCommand("ECHO", RedisArgument($0)) })
            #expect(numbers.map(\.int) == (0..<20_000).map { $0 })
        }
    }

    @Test("A dedicated connection pipelines, too") func aConnectionOfOnesOwnPipelinesToo() async throws {
        try await withRedis(try await TestRedis.url()) { redis in
            try await redis.withConnection { connection in
                let replies = try await connection.pipeline([RedisCommand("ECHO", "a"), RedisCommand("NONSENSE")], timeout: nil)
                #expect(replies.first?.string == "a")
                guard case .error? = replies.last else { throw Unexpected() }
                // An error reply does not end it.
                _ = await #expect(throws: RedisError.self) { try await connection.send("NONSENSE", timeout: nil) }
                #expect(try await connection.send("ECHO", "b", timeout: nil).string == "b")
            }
        }
    }

    @Test("Cancellation ends the wait, not the command") func cancellationEndsTheWaitOnly() async throws {
        let server = try await TestRedis()
        try await withRedis(server.url) { redis in
            _ = try await redis.send("PING")
            server.freeze()
            let task = Task { try await redis.send("ECHO", "before") }
            #expect(try await eventually { redis.statistics.inFlight == 1 })
            task.cancel()
            let error = await #expect(throws: RedisError.self) { try await task.value }
            #expect(error?.code == .cancelled)
            server.thaw()
            #expect(try await redis.send("ECHO", "after") == .bulkString(Array("after".utf8)))
        }
    }

    @Test("Blocking commands use a dedicated connection") func blockingCommandsHaveTheirOwnConnection() async throws {
        try await withRedis(try await TestRedis.url()) { redis in
            let key = "b:\(UInt64.random(in: 0...(.max)))"
            async let popped = redis.withConnection(name: "blocker") { connection in
                try await connection.send("BZPOPMIN", "\(key)", 60, timeout: .seconds(70))
            }
            #expect(try await redis.send("ECHO", "free").string == "free")
            _ = try await redis.send("ZADD", "\(key)", 3, "m")
            #expect(try await popped.array?.last?.double == 3)

            let blocked = Task {
                try await redis.withConnection { try await $0.send("BZPOPMIN", "\(key)", 0, timeout: nil) }
            }
            #expect(try await eventually { try await redis.send("CLIENT", "LIST", as: String.self).contains("cmd=bzpopmin") })
            blocked.cancel()
            let error = await #expect(throws: RedisError.self) { try await blocked.value }
            #expect(error?.code == .cancelled)
        }
    }

    @Test("A frozen server costs no more than the timeout") func aFrozenServerCostsTheDeadline() async throws {
        let server = try await TestRedis()
        try await withRedis(server.url) { redis in
            _ = try await redis.send("PING")
            server.freeze()
            let start = ContinuousClock.now
            let error = await #expect(throws: RedisError.self) { try await redis.send("PING", timeout: .seconds(1)) }
            #expect(error?.code == .timedOut && error?.isRetrySafe == false)
            #expect(ContinuousClock.now - start < .seconds(50))
            server.thaw()
            #expect(try await redis.send("ECHO", "again").string == "again")
        }
    }

    @Test("Reconnects after a kill") func reconnectsAfterAKill() async throws {
        let server = try await TestRedis()
        try await withRedis(server.url) { redis in
            _ = try await redis.send("PING")
            let inFlight = Task { try await redis.send("BLPOP", "nothing", 0) }
            try await withRedis(server.url) { other async throws in
                #expect(try await eventually { try await other.send("INFO", "clients", as: String.self).contains("blocked_clients:1") })
            }
            server.kill()
            let lost = await #expect(throws: RedisError.self) { try await inFlight.value }
            #expect(lost?.code == .connectionLost)
            let absent = await #expect(throws: RedisError.self) { try await redis.send("PING", timeout: .seconds(1)) }
            #expect(absent?.code == .connectionFailed && absent?.isRetrySafe == true)
            async let waiting = redis.send("ECHO", "patient")
            try await server.start()
            #expect(try await waiting.string == "patient")
        }
    }

    @Test("Errors say what is wrong with the password") func saysWhatIsWrongWithThePassword() async throws {
        let server = try await TestRedis(options: "--requirepass right")
        let base = server.url.replacing("redis+unix://", with: "")
        for (credentials, code) in [("", RedisError.Code.authenticationFailed), (":wrong@", .authenticationFailed)] {
            try await withRedis("redis+unix://\(credentials)\(base)") { redis in
                let start = ContinuousClock.now
                let error = await #expect(throws: RedisError.self) { try await redis.send("PING") }
                #expect(error?.code == code)
                #expect(ContinuousClock.now - start < .seconds(50))
            }
        }
        try await withRedis("redis+unix://:right@\(base)?db=4") { redis in
            let info = try await redis.send("CLIENT", "INFO")
            #expect(info.string?.contains("db=4") == true)
        }
    }

    @Test("The error says that the server is full", arguments: ["", "?protocol=2"]) func saysThatTheServerIsFull(_ dialect: String)
        async throws
    {
        let server = try await TestRedis(options: "--maxclients 1")
        try await withRedis(server.url) { redis in
            _ = try await redis.send("PING")
            try await withRedis(server.url + dialect) { second in
                // Where the server hangs up before the greeting is written, nothing more is read: then the next attempt tells.
                while true {
                    let error = await #expect(throws: RedisError.self) { try await second.send("PING", timeout: .milliseconds(200)) }
                    #expect(error?.code == .connectionFailed && error?.isRetrySafe == true)
                    if error?.message.contains("has no room") == true { break }
                }
            }
        }
    }

    @Test("Commands after close() fail with an error") func answersAfterClose() async throws {
        try await withRedis(try await TestRedis.url()) { redis in
            _ = try await redis.send("PING")
            await redis.close()
            let error = await #expect(throws: RedisError.self) { try await redis.send("PING") }
            #expect(error?.code == .closed)
        }
    }
}
