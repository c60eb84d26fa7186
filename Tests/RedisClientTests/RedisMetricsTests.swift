import Logging
import RedisClient
import RedisTestSupport
import Synchronization
import Testing

/// What a client tells about its work.
@Suite(.timeLimit(.minutes(10))) struct RedisMetricsTests {
    /// Everything an observer heard.
    final class Heard: Sendable {
        struct State {
            var events: [RedisCommandEvent] = []
            var opened = 0
            var closed = 0
            var failed: [RedisError] = []
        }

        let state = Mutex(State())

        var observer: RedisObserver {
            var observer = RedisObserver()
            observer.commandFinished = { event in self.state.withLock { $0.events.append(event) } }
            observer.connectionOpened = { self.state.withLock { $0.opened += 1 } }
            observer.connectionClosed = { self.state.withLock { $0.closed += 1 } }
            observer.connectionFailed = { error in self.state.withLock { $0.failed.append(error) } }
            return observer
        }
    }

    private static func wait(until condition: () -> Bool) async throws {
        while !condition() { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test("Counts commands and their outcomes") func countsWhatCallersDid() async throws {
        let server = try await TestRedis()
        try await withRedis(server.url) { redis in
            #expect(redis.statistics.commands == 0)
            _ = try await redis.send("SET", "key", "value")
            _ = try await redis.pipeline([RedisCommand("GET", "key"), RedisCommand("LPUSH", "key", "x"), RedisCommand("GET", "key")])
            _ = await #expect(throws: RedisError.self) { try await redis.send("NONSENSE") }
            let blocked = Task { try await redis.send("BLPOP", "nothing", 0, timeout: .milliseconds(50)) }
            try await Self.wait { redis.statistics.inFlight == 1 }
            _ = await #expect(throws: RedisError.self) { try await blocked.value }
            try await Self.wait { redis.statistics.failures == 1 }
            let figures = redis.statistics
            #expect(figures.commands == 6 && figures.flights == 4 && figures.refusals == 2)
            #expect(figures.waited >= .milliseconds(50))
            #expect(figures.connections == 1 && figures.connects == 1 && figures.connectFailures == 0)
        }
    }

    @Test("Counts connections") func countsConnections() async throws {
        let server = try await TestRedis()
        try await withRedis(server.url) { redis in
            _ = try await redis.withConnection { try await $0.send("PING", timeout: nil) }
            var events = redis.subscribe(to: ["news"]).makeAsyncIterator()
            _ = try await events.next()
            try await Self.wait { redis.statistics.connections == 2 }
            #expect(redis.statistics.connects == 3)
            server.kill()
            try await Self.wait { redis.statistics.connections == 0 && redis.statistics.connectFailures > 0 }
            try await server.start()
            try await Self.wait { redis.statistics.connections == 2 }
            #expect(redis.statistics.connects == 5)
        }
    }

    @Test("Reports commands to an observer") func tellsAnObserver() async throws {
        let server = try await TestRedis()
        let heard = Heard()
        let redis = try Redis(url: server.url, logger: Logger(label: "test"), observer: heard.observer)
        async let running: Void = redis.run()
        _ = try await redis.send("SET", "key", "secret", timeout: .seconds(60))
        _ = try await redis.pipeline([RedisCommand("LPUSH", "key", "secret"), RedisCommand("GET", "key")])
        let blocked = Task { try await redis.send("BLPOP", "nothing", 0) }
        try await Self.wait { redis.statistics.inFlight == 1 }
        blocked.cancel()
        _ = await #expect(throws: RedisError.self) { try await blocked.value }
        server.kill()
        try await Self.wait { heard.state.withLock { $0.closed == 1 && !$0.failed.isEmpty } }
        await redis.close()
        await running
        let state = heard.state.withLock { $0 }
        #expect(state.opened == 1 && state.closed == 1 && state.failed.allSatisfy { $0.code == .connectionFailed })
        #expect(state.events.map(\.commands) == [["SET"], ["LPUSH", "GET"], ["BLPOP"]])
        #expect(state.events.map(\.error?.code) == [nil, .server, .cancelled])
        #expect(state.events.map(\.refusals) == [0, 1, 0])
        let told = state.events.flatMap { $0.commands + [$0.error?.message ?? ""] }.joined()
        #expect(!told.contains("secret"))
    }

    @Test("Tasks can run on the client's event loop") func tasksMayRunWhereRepliesArrive() async throws {
        try await withRedis(try await TestRedis.url()) { redis in
            let sum = try await withTaskExecutorPreference(redis.executor) {
                var sum = 0
                for number in 0..<100 { sum += try await redis.send("ECHO", RedisArgument(number), as: Int.self) }
                return sum
            }
            #expect(sum == 4950)
        }
    }
}
