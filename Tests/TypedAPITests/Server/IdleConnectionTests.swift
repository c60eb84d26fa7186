import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import TestServices
import Testing

@testable import TypedAPI

/// Callers whose turn it is, and who do nothing.
@Suite struct IdleConnectionTests {
    private var machine = ConnectionMachine.sample()

    @Test mutating func aReaderThatPausesHasNoAnswerOverdue() {
        #expect(machine.bytesArrived(at: .second(0)) == .checkAt(.second(15)))
        for _ in 1...2 {
            #expect(machine.head() == .forward)
            #expect(machine.requestEnded(at: .second(0)) == .forward)
        }
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.writabilityChanged(to: false, at: .second(1)) == .none)
        #expect(machine.answerEnded(at: .second(1)) == .forward)
        #expect(machine.look(at: 15, unsent: 100) == .checkAt(.second(75)))
        #expect(machine.writabilityChanged(to: true, at: .second(40)) == .checkAt(.second(55)))
        #expect(machine.look(at: 55) == .checkAt(.second(60)))
        #expect(machine.look(at: 60) == .refuse(.overdue))
    }

    @Test mutating func aReaderThatPausesIsNotReadFromEither() {
        #expect(machine.head() == .forward)
        #expect(machine.requestEnded(at: .second(0)) == .forward)
        #expect(machine.bytesArrived(at: .second(1)) == .checkAt(.second(16)))
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.writabilityChanged(to: false, at: .second(2)) == .none)
        #expect(machine.look(at: 16, unsent: 100) == .checkAt(.second(76)))
        #expect(machine.writabilityChanged(to: true, at: .second(50)) == .checkAt(.second(65)))
        #expect(machine.answerEnded(at: .second(51)) == .forward)
        #expect(machine.look(at: 65) == .refuse(.tooSlow))
    }

    @Test mutating func whoDoesNotReadIsGivenUp() {
        #expect(machine.head() == .forward)
        #expect(machine.requestEnded(at: .second(0)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.writabilityChanged(to: false, at: .second(1)) == .none)
        #expect(machine.look(at: 20, unsent: 100) == .checkAt(.second(80)))
        // Asking for more is not reading.
        #expect(machine.bytesArrived(at: .second(30)) == .checkAt(.second(45)))
        #expect(machine.look(at: 45, unsent: 100) == .checkAt(.second(80)))
        // A little was taken.
        #expect(machine.look(at: 80, unsent: 99) == .checkAt(.second(140)))
        #expect(machine.look(at: 140, unsent: 99) == .close)
        #expect(machine.answerContinued() == .drop)
    }

    @Test mutating func theLastAnswerMustBeReadToo() {
        #expect(machine.headArrived(.init(keepsAlive: false), at: .second(0)) == .forward)
        #expect(machine.requestEnded(at: .second(0)) == .forward)
        #expect(machine.answerBegan() == (.forward, true))
        #expect(machine.answerEnded(at: .second(1)) == .forwardAndClose)
        var refused = ConnectionMachine.sample()
        #expect(refused.parserFailed(.malformed) == .refuse(.malformed))
        for var machine in [machine, refused] {
            #expect(machine.look(at: 10, unsent: 7) == .checkAt(.second(70)))
            // Whatever comes is no sign of a reader.
            #expect(machine.bytesArrived(at: .second(60)) == .none)
            #expect(machine.look(at: 70, unsent: 7) == .close)
        }
    }

    @Test mutating func anAnswerThatBrokeOffMustBeReadAsFarAsItWent() {
        #expect(machine.head() == .forward)
        #expect(machine.requestEnded(at: .second(0)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        machine.closedFromAbove()
        #expect(machine.look(at: 10, unsent: 7) == .checkAt(.second(70)))
        #expect(machine.look(at: 70, unsent: 7) == .close)
    }

    @Test mutating func whoAsksNothingIsGivenUp() {
        #expect(machine.opened() == .checkAt(.second(60)))
        #expect(machine.bytesArrived(at: .second(50)) == .none)
        #expect(machine.head(at: 50) == .forward)
        #expect(machine.requestEnded(at: .second(50)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.answerEnded(at: .second(52)) == .forward)
        #expect(machine.look(at: 60) == .checkAt(.second(112)))
        // One that comes late brings the look at the time forward.
        #expect(machine.bytesArrived(at: .second(70)) == .checkAt(.second(85)))
        #expect(machine.head(at: 70) == .forward)
        #expect(machine.requestEnded(at: .second(70)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.answerEnded(at: .second(71)) == .forward)
        #expect(machine.look(at: 85) == .checkAt(.second(131)))
        #expect(machine.look(at: 131) == .close)
        #expect(machine.head(at: 131) == .drop)
    }

    @Test mutating func theStopDoesNotWaitForReaders() {
        #expect(machine.head() == .forward)
        #expect(machine.requestEnded(at: .second(0)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.writabilityChanged(to: false, at: .second(1)) == .none)
        #expect(machine.quiesceBegan(at: .second(2)) == (true, .second(12)))
        #expect(machine.look(at: 12, unsent: 100) == .close)
    }

    @Test("On a real socket: who reads nothing, and who asks nothing, is closed; what they were sent is freed", arguments: [true, false])
    func onASocket(asks: Bool) async throws {
        var limits = ServerLimits()
        // A busy machine may take its time between a connection and what is asked on it.
        limits.idle = .seconds(5)
        let connections = ConnectionCount()
        let router = Router()
        // More than the sockets' buffers hold.
        router.get("large") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    let block = ByteBuffer(repeating: 0x61, count: 1 << 20)
                    for _ in 0..<64 { try await writer.write(block) }
                    try await writer.finish(nil)
                })
        }
        let (ports, started) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let application = Application(
            router: router,
            server: .guarded(
                limits, baseURL: "https://x.example", connections: connections, overdue: Problem(.internalError),
                stopping: Problem(.internalError)),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { started.yield($0.localAddress?.port ?? 0) }, logger: logger)
        try await withThrowingTaskGroup { group in
            group.addTask { try await application.runService(gracefulShutdownSignals: []) }
            let port = try #require(await ports.first { _ in true })
            let client = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelOption(.autoRead, value: false)
                .connect(host: "127.0.0.1", port: port).get()
            let request = asks ? "GET /large HTTP/1.1\r\nhost: x\r\n\r\n" : "\r\n"
            try await client.writeAndFlush(ByteBuffer(string: request))
            #expect(try await eventually { connections.current == 1 })
            #expect(try await eventually { connections.current == 0 })
            try? await client.close()
            group.cancelAll()
        }
    }
}
