import RedisClient
import RedisTestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct SubscriptionTests {
    static let dialects: [RedisProtocol] = [.resp2, .resp3]

    private static func text(_ event: RedisSubscriptionEvent?) -> String {
        switch event {
        case .subscribed: "subscribed"
        case .message(let message): "\(message.pattern.map { "\($0)>" } ?? "")\(message.channel):\(message.text)"
        case .missed(.reconnected): "reconnected"
        case .missed(.overflow(let dropped)): "dropped \(dropped)"
        case nil: "end"
        }
    }

    private static func failure(of subscription: RedisSubscription) async -> RedisError? {
        var events = subscription.makeAsyncIterator()
        do throws(RedisError) {
            while try await events.next() != nil {}
            return nil
        } catch {
            return error
        }
    }

    /// Waits until the server counts `count` listeners of `channel`.
    private static func wait(for count: Int, of channel: String, _ redis: Redis) async throws {
        for _ in 0..<500 {
            if try await redis.send("PUBSUB", "NUMSUB", "\(channel)", as: [String: Int].self) == [channel: count] { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("\(channel) does not have \(count) listeners")
    }

    @Test("Channels and patterns deliver messages", arguments: dialects) func channelsAndPatterns(_ dialect: RedisProtocol) async throws {
        try await withRedis(try await ProtocolTests.url(dialect)) { redis in
            let base = "c\(UInt64.random(in: 0...(.max)))"
            var events = redis.subscribe(to: ["\(base):a"], patterns: ["\(base):p*"]).makeAsyncIterator()
            #expect(Self.text(try await events.next()) == "subscribed")
            for channel in ["a", "other", "pq"] { _ = try await redis.send("PUBLISH", "\(base):\(channel)", "é") }
            #expect(Self.text(try await events.next()) == "\(base):a:é")
            #expect(Self.text(try await events.next()) == "\(base):p*>\(base):pq:é")
            // The second listener of a channel is live at once, and both hear.
            var second = redis.subscribe(to: ["\(base):a"]).makeAsyncIterator()
            #expect(Self.text(try await second.next()) == "subscribed")
            #expect(try await redis.send("PUBLISH", "\(base):a", "both").int == 1)
            #expect(Self.text(try await second.next()) == "\(base):a:both")
            #expect(Self.text(try await events.next()) == "\(base):a:both")
        }
    }

    @Test("A subscriber to a busy channel is told first that it is subscribed", arguments: dialects)
    func whoeverJoinsABusyChannelHearsFirstThatItIsSubscribed(_ dialect: RedisProtocol) async throws {
        try await withRedis(try await ProtocolTests.url(dialect)) { redis in
            let base = "c\(UInt64.random(in: 0...(.max)))"
            var first = redis.subscribe(to: [base]).makeAsyncIterator()
            #expect(Self.text(try await first.next()) == "subscribed")
            try await withThrowingTaskGroup(of: Void.self) { group async throws in
                group.addTask { while !Task.isCancelled { _ = try? await redis.send("PUBLISH", "\(base)", "x") } }
                for number in 0..<200 {
                    var events = redis.subscribe(to: [base, "\(base):\(number)"]).makeAsyncIterator()
                    #expect(Self.text(try await events.next()) == "subscribed")
                }
                group.cancelAll()
            }
        }
    }

    @Test("Cancellation unsubscribes", arguments: dialects) func cancellationUnsubscribes(_ dialect: RedisProtocol) async throws {
        try await withRedis(try await ProtocolTests.url(dialect)) { redis in
            let channel = "c\(UInt64.random(in: 0...(.max)))"
            let consumer = Task {
                var count = 0
                for try await _ in redis.subscribe(to: [channel]) { count += 1 }
                return count
            }
            try await Self.wait(for: 1, of: channel, redis)
            consumer.cancel()
            #expect(try await consumer.value <= 1)
            try await Self.wait(for: 0, of: channel, redis)
            // And so does leaving the loop.
            for try await event in redis.subscribe(to: [channel]) {
                #expect(event == .subscribed)
                break
            }
            try await Self.wait(for: 0, of: channel, redis)
        }
    }

    @Test("A subscription survives a restart and reports the gap", arguments: dialects) func survivesARestartAndSaysSo(
        _ dialect: RedisProtocol
    ) async throws {
        let server = try await TestRedis()
        try await withRedis("\(server.url)?protocol=\(dialect.rawValue)") { redis in
            var events = redis.subscribe(to: ["news"], patterns: ["n?"]).makeAsyncIterator()
            #expect(Self.text(try await events.next()) == "subscribed")
            server.kill()
            try await server.start()
            #expect(Self.text(try await events.next()) == "reconnected")
            #expect(try await redis.send("PUBLISH", "news", "again").int == 1)
            #expect(Self.text(try await events.next()) == "news:again")
        }
    }

    @Test("A slow consumer loses a counted number of messages") func aSlowConsumerLosesCountedMessages() async throws {
        try await withRedis(try await TestRedis.url()) { redis in
            let channel = "c\(UInt64.random(in: 0...(.max)))"
            var slow = redis.subscribe(to: [channel], buffer: .init(messages: 10)).makeAsyncIterator()
            var quick = redis.subscribe(to: [channel], buffer: .init(messages: 1000)).makeAsyncIterator()
            #expect(Self.text(try await slow.next()) == "subscribed")
            #expect(Self.text(try await quick.next()) == "subscribed")
            _ = try await redis.pipeline((0..<100).map { RedisCommand("PUBLISH", RedisArgument(channel), RedisArgument($0)) })
            for number in 0..<100 { #expect(Self.text(try await quick.next()) == "\(channel):\(number)") }
            for number in 0..<10 { #expect(Self.text(try await slow.next()) == "\(channel):\(number)") }
            #expect(Self.text(try await slow.next()) == "dropped 90")
        }
    }

    @Test("A refusal and the client's end are errors") func refusalsAndTheEndAreErrors() async throws {
        let server = try await TestRedis()
        try await withRedis(server.url) { redis in
            _ = try await redis.send("ACL", "SETUSER", "ann", "on", "nopass", "~*", "+@all", "resetchannels", "&open")
        }
        let path = server.url.replacing("redis+unix://", with: "")
        try await withRedis("redis+unix://ann:x@\(path)") { redis in
            let open = redis.subscribe(to: ["open"])
            let refused = await Self.failure(of: redis.subscribe(to: ["secret"]))
            #expect(refused?.server?.prefix == "NOPERM")
            try await Self.wait(for: 1, of: "open", redis)
            await redis.close()
            let closed = await Self.failure(of: open)
            #expect(closed?.code == .closed)
            let late = await Self.failure(of: redis.subscribe(to: ["open"]))
            #expect(late?.code == .closed)
        }
        withExtendedLifetime(server) {}
    }
}
