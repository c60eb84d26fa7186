import NIOCore
import NIOPosix
import RedisTestSupport
import Synchronization
import Testing

@testable import RedisClient

/// What callers send together goes out together.
@Suite(.timeLimit(.minutes(10))) struct CoalescingTests {
    /// Next to the socket of a connection: counts what the client hands to the system.
    private final class FlushCounter: ChannelOutboundHandler, Sendable {
        typealias OutboundIn = ByteBuffer

        let flushes = Atomic(0)

        func flush(context: ChannelHandlerContext) {
            flushes.add(1, ordering: .relaxed)
            context.flush()
        }
    }

    @Test("Commands of one event-loop turn are one flush") func commandsOfOneTurnAreOneFlush() async throws {
        let server = try await TestRedis()
        let meter = RedisMeter(observer: nil)
        let pipe = PipelinedConnection(eventLoop: MultiThreadedEventLoopGroup.singleton.next(), meter: meter, isShared: true)
        let connector = try RedisConnector(url: RedisURL(server.url), connectTimeout: .seconds(30), meter: meter)
        let counter = FlushCounter()
        try await connector.connect(pipe, name: nil).pipeline.addHandler(counter, position: .first).get()

        let before = try await figures(pipe)
        let flushes = counter.flushes.load(ordering: .relaxed)
        // On the event loop these tasks start one after the other, with nothing in between.
        let echoes = await withTaskExecutorPreference(EventLoopExecutor(eventLoop: pipe.eventLoop)) {
            await withTaskGroup(of: Int?.self) { group in
                for number in 0..<1000 {
                    group.addTask {
                        let request = RedisRequest(.one(RedisCommand("ECHO", RedisArgument(number))), timeout: .seconds(60))
                        return try? await pipe.roundTrip(request).single().int
                    }
                }
                return await group.reduce(into: Set()) { $0.insert($1) }
            }
        }
        #expect(echoes == Set(0..<1000))
        #expect(counter.flushes.load(ordering: .relaxed) - flushes == 1)
        let after = try await figures(pipe)
        #expect(after.commands - before.commands == 1001, "these and the first INFO")
        #expect(after.reads - before.reads < 100, "the server reads 16 KiB at once")
        try await pipe.close(RedisError(.closed, "done")).get()
    }

    /// How many commands the server has run, and how often it read.
    private func figures(_ pipe: PipelinedConnection) async throws -> (commands: Int, reads: Int) {
        let request = RedisRequest(.one(RedisCommand("INFO", "stats")), timeout: .seconds(60))
        let lines = try await pipe.roundTrip(request).single().string?.split(whereSeparator: \.isNewline) ?? []
        func figure(_ name: String) throws -> Int {
            try #require(lines.first { $0.hasPrefix(name + ":") }.flatMap { Int($0.dropFirst(name.count + 1)) })
        }
        return (try figure("total_commands_processed"), try figure("total_reads_processed"))
    }
}
