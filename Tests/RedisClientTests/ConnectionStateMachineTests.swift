import NIOCore
import Testing

@testable import RedisClient

/// Conversations with a server that is not there, over connections that are only names.
@Suite struct PipeMachineTests {
    /// A caller who waits until somebody sets the request to finished.
    final class Request: PipedRequest, CustomStringConvertible {
        let description: String
        let replyCount: Int
        let cost: BacklogCost
        let deadline: NIODeadline
        var isFinished = false
        var isClaimed = false

        init(_ description: String, replies: Int = 1, deadline: NIODeadline = .start + .seconds(10)) {
            self.description = description
            replyCount = replies
            cost = BacklogCost(commands: replies, bytes: 10)
            self.deadline = deadline
        }

        func claim() -> Bool {
            isClaimed = !isFinished
            return isClaimed
        }

        static func == (left: Request, right: Request) -> Bool { left === right }
    }

    typealias Machine = ConnectionStateMachine<Request, String>

    static let ok = RedisValue.simpleString("OK")
    static let lost = RedisError(.connectionLost, "gone")

    /// A machine whose handshake on the connection `one` is over.
    static func connected(silenceLimit: TimeAmount? = .seconds(10), reconnects: Bool = true) -> Machine {
        var machine = Machine(silenceLimit: silenceLimit, reconnects: reconnects)
        let hello = Request("hello")
        #expect(machine.begin("one", handshake: hello, at: .start) == .write)
        #expect(machine.received(ok) == .answered(hello, .one(ok)))
        #expect(machine.ready("one", at: .start) == true)
        return machine
    }

    @Test("Replies go to the oldest request") func repliesGoToWhoWaitedLongest() {
        var machine = Self.connected()
        let (a, b, c) = (Request("a"), Request("b", replies: 3), Request("c"))
        for request in [a, b, c] { #expect(machine.submit(request) == .queued) }
        #expect(machine.waiting == 3)
        for request in [a, b, c] { #expect(machine.next(at: .start) == request) }
        #expect(machine.next(at: .start) == nil)
        #expect(machine.commandsInFlight == 5 && machine.waiting == 0)
        #expect(machine.received(.integer(1)) == .answered(a, .one(.integer(1))))
        #expect(machine.received(.integer(2)) == .gathered)
        #expect(machine.received(.push([.integer(9)])) == .unsolicited(.push([.integer(9)])))
        #expect(machine.received(.integer(3)) == .gathered)
        #expect(machine.received(.integer(4)) == .answered(b, .many([.integer(2), .integer(3), .integer(4)])))
        #expect(machine.received(.integer(5)) == .answered(c, .one(.integer(5))))
        #expect(machine.received(.integer(6)) == .unsolicited(.integer(6)))
        #expect(machine.commandsInFlight == 0)
    }

    @Test("Nothing is written before the handshake ends") func nothingIsWrittenBeforeTheHandshakeIsOver() {
        var machine = Machine()
        let (early, hello, again) = (Request("early"), Request("hello"), Request("again"))
        #expect(machine.submit(early) == .queued)
        #expect(machine.next(at: .start) == nil)
        #expect(machine.begin("one", handshake: hello, at: .start) == .write)
        #expect(machine.next(at: .start) == nil)
        #expect(machine.received(.error(RedisServerError(message: "NOPROTO"))) != .gathered)
        #expect(machine.begin("one", handshake: again, at: .start) == .write)
        #expect(machine.received(Self.ok) == .answered(again, .one(Self.ok)))
        #expect(machine.ready("another", at: .start) == false)
        #expect(machine.ready("one", at: .start) == true)
        #expect(machine.next(at: .start) == early)
    }

    @Test("A cancelled request is not written but keeps its pipeline slot") func whoGaveUpIsNotWrittenAndKeepsHisPlaceOnceHeWas() {
        var machine = Self.connected()
        let (a, b, c) = (Request("a"), Request("b"), Request("c"))
        for request in [a, b, c] { _ = machine.submit(request) }
        #expect(machine.next(at: .start) == a)
        b.isFinished = true
        #expect(machine.next(at: .start) == c)
        a.isFinished = true
        #expect(machine.received(.integer(1)) == .answered(a, .one(.integer(1))))
        #expect(machine.received(.integer(3)) == .answered(c, .one(.integer(3))))
    }

    @Test("A lost connection fails written requests alone") func aLossFailsWhatWasWrittenAndOnlyThat() {
        var machine = Self.connected()
        let (sent, half, waiting) = (Request("sent"), Request("half", replies: 2), Request("waiting"))
        for request in [half, sent, waiting] { _ = machine.submit(request) }
        #expect(machine.next(at: .start) == half)
        #expect(machine.next(at: .start) == sent)
        #expect(machine.received(.integer(1)) == .gathered)
        #expect(machine.lost("another", because: Self.lost) == nil)
        #expect(machine.lost("one", because: Self.lost) == .init(unanswered: [half, sent], error: Self.lost))
        #expect(machine.lost("one", because: Self.lost) == nil)
        #expect(machine.next(at: .start) == nil)
        // Nothing that came before is taken for an answer on the next connection.
        let hello = Request("hello")
        #expect(machine.begin("two", handshake: hello, at: .start) == .write)
        #expect(machine.received(Self.ok) == .answered(hello, .one(Self.ok)))
        #expect(machine.ready("two", at: .start) == true)
        #expect(machine.next(at: .start) == waiting)
        #expect(machine.received(.integer(7)) == .answered(waiting, .one(.integer(7))))
    }

    @Test("A request refused before the close gets the server's error") func whoeverIsRefusedAndHungUpOnHearsWhy() {
        var machine = Machine()
        let hello = Request("hello", replies: 2)
        _ = machine.submit(Request("waiting"))
        #expect(machine.begin("one", handshake: hello, at: .start) == .write)
        let refusal = RedisServerError(message: "ERR max number of clients reached")
        #expect(machine.received(.error(refusal)) == .gathered)
        #expect(machine.lost("one", because: Self.lost) == .init(unanswered: [hello], error: RedisError(server: refusal)))
        #expect(machine.submit(Request("late")) == .queued, "there may be room in a moment")
    }

    @Test("A dedicated connection does not reconnect") func aConnectionOfOnesOwnDoesNotOutliveItsLoss() {
        var machine = Self.connected(reconnects: false)
        let (sent, waiting) = (Request("sent"), Request("waiting"))
        for request in [sent, waiting] { _ = machine.submit(request) }
        #expect(machine.next(at: .start) == sent)
        #expect(machine.lost("one", because: Self.lost) == .init(unanswered: [sent, waiting], error: Self.lost))
        #expect(machine.submit(Request("late")) == .refused(Self.lost))
        #expect(machine.begin("two", handshake: Request("hello"), at: .start) == .close(Self.lost))
    }

    @Test("Temporary connect failures are retried; permanent ones fail the requests")
    func troubleThatPassesIsWaitedForAndOtherTroubleIsNot() {
        var machine = Machine()
        let (waiting, patient) = (Request("waiting"), Request("patient"))
        let (absent, refused) = (RedisError(.connectionFailed, "absent"), RedisError(.authenticationFailed, "refused"))
        #expect(machine.submit(waiting) == .queued)
        #expect(machine.connectFailed(absent) == [])
        #expect(machine.submit(patient) == .queued)
        #expect(machine.connectFailed(refused) == [waiting, patient])
        #expect(machine.submit(Request("hopeless")) == .refused(refused))
        #expect(machine.begin("one", handshake: Request("hello"), at: .start) == .write)
        #expect(machine.submit(Request("hopeful")) == .queued)
    }

    @Test("A closed connection refuses every request") func afterTheEndEverythingIsRefused() {
        var machine = Self.connected()
        let (sent, waiting, end) = (Request("sent"), Request("waiting"), RedisError(.closed, "end"))
        for request in [sent, waiting] { _ = machine.submit(request) }
        #expect(machine.next(at: .start) == sent)
        #expect(machine.close(end) == .init(connection: "one", unanswered: [sent, waiting]))
        #expect(machine.close(Self.lost) == .init())
        #expect(machine.lost("one", because: Self.lost) == nil)
        #expect(machine.submit(Request("late")) == .refused(end))
        #expect(machine.connectFailed(Self.lost) == [])
        #expect(machine.begin("two", handshake: Request("hello"), at: .start) == .close(end))
    }

    @Test("Timeouts say what the request waited for") func deadlinesSayWhatTheWaitWasFor() {
        var machine = Self.connected()
        let (sent, unwritten) = (Request("sent", deadline: .start + .seconds(3)), Request("unwritten", deadline: .start + .seconds(4)))
        let later = Request("later", deadline: .start + .seconds(5))
        for request in [sent, unwritten, later] { _ = machine.submit(request) }
        #expect(machine.nextSweep == .start + .seconds(3))
        #expect(machine.next(at: .start) == sent)
        #expect(machine.sweep(at: .start + .seconds(2)) == .init())
        #expect(machine.sweep(at: .start + .seconds(3)) == .init(overdue: [.init(request: sent, error: .unanswered)]))
        sent.isFinished = true
        #expect(machine.nextSweep == .start + .seconds(4))
        let unread = RedisError.overdue(isConnected: true, wasOutside: false, trouble: nil)
        #expect(machine.sweep(at: .start + .seconds(4)) == .init(overdue: [.init(request: unwritten, error: unread)]))
        _ = machine.lost("one", because: Self.lost)
        let unconnected = RedisError(.connectionFailed, "gone", isRetrySafe: true)
        #expect(machine.sweep(at: .start + .seconds(5)) == .init(overdue: [.init(request: later, error: unconnected)]))
        #expect(machine.nextSweep == .distantFuture)
    }

    @Test("A silent server with an overdue reply loses the connection") func silenceEndsAConnectionThatOwesAReply() {
        var machine = Self.connected(silenceLimit: .seconds(10))
        let request = Request("sent", deadline: .start + .seconds(3))
        _ = machine.submit(request)
        #expect(machine.next(at: .start + .seconds(1)) == request)
        #expect(machine.sweep(at: .start + .seconds(3)) == .init(overdue: [.init(request: request, error: .unanswered)]))
        request.isFinished = true
        // Ten seconds from the last sign: the request was written after it.
        #expect(machine.nextSweep == .start + .seconds(11))
        machine.noteRead(at: .start + .seconds(9))
        #expect(machine.sweep(at: .start + .seconds(11)) == .init())
        #expect(machine.nextSweep == .start + .seconds(19))
        #expect(machine.sweep(at: .start + .seconds(19)) == .init(dead: "one"))
    }

    @Test("A dedicated connection may be silent") func aConnectionOfOnesOwnMayBeSilent() {
        var machine = Self.connected(silenceLimit: nil)
        let request = Request("blocking", deadline: .distantFuture)
        _ = machine.submit(request)
        #expect(machine.next(at: .start) == request)
        #expect(machine.nextSweep == .start + .seconds(10))  // of the handshake
        #expect(machine.sweep(at: .start + .seconds(10)) == .init())
        #expect(machine.nextSweep == .distantFuture)
    }
}
