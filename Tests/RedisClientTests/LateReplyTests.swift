import NIOCore
import NIOPosix
import RedisTestSupport
import Testing

@testable import RedisClient

/// Over TLS a connection that was given up may stay open for seconds, and speak.
@Suite(.timeLimit(.minutes(10))) struct LateReplyTests {
    @Test("Replies of an abandoned connection are discarded") func whatAGivenUpConnectionSaysAnswersNobody() async throws {
        let server = try await TestRedis()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let pipe = PipelinedConnection(eventLoop: loop, meter: RedisMeter(observer: nil), isShared: true)
        guard case .unix(let path) = try RedisURL(server.url).address else {
            Issue.record("a test's server has a socket")
            return
        }
        let first = try await ClientBootstrap(group: loop).connect(unixDomainSocketPath: path).get()
        let second = try await ClientBootstrap(group: loop).connect(unixDomainSocketPath: path).get()
        let (early, late) = (
            RedisRequest(.one(RedisCommand("PING")), timeout: .seconds(60)), RedisRequest(.one(RedisCommand("PING")), timeout: .seconds(60))
        )
        try await loop.submit {
            pipe.begin(first, handshake: early)
            pipe.begin(second, handshake: late)
            pipe.receive([.simpleString("of the first")], from: first)
            pipe.receive([.simpleString("of the second")], from: second)
        }.get()
        #expect(try await late.outcome {}.get() == .one(.simpleString("of the second")))
        try await first.close().get()
        try await pipe.close(RedisError(.closed, "done")).get()
    }
}
