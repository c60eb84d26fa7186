import NIOCore
import Testing

@testable import TypedAPI

@Suite struct ConnectionMachineTests {
    private var machine = ConnectionMachine(
        receiveLimit: .seconds(15), respondLimit: .seconds(20), stopLimit: .seconds(10), maximumAddressBytes: 100)

    private static func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    private mutating func head(at seconds: Int64 = 0) -> ConnectionMachine.Action {
        machine.headArrived(.init(addressBytes: 10), at: Self.time(seconds))
    }

    @Test mutating func anOrdinaryExchange() {
        #expect(machine.bytesArrived(at: Self.time(0)) == .checkAt(Self.time(15)))
        #expect(head() == .forward)
        #expect(machine.bodyArrived() == .forward)
        #expect(machine.requestEnded(at: Self.time(1)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.answerContinued() == .forward)
        #expect(machine.answerEnded(at: Self.time(9)) == .forward)
        #expect(machine.checkTime(at: Self.time(15)) == .none)
    }

    @Test mutating func oneCheckServesManyRequests() {
        #expect(machine.bytesArrived(at: Self.time(0)) == .checkAt(Self.time(15)))
        #expect(head() == .forward)
        #expect(machine.requestEnded(at: Self.time(1)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.answerEnded(at: Self.time(9)) == .forward)
        #expect(machine.bytesArrived(at: Self.time(10)) == .none)
        // The second request is five seconds old when the first one's check comes.
        #expect(machine.checkTime(at: Self.time(15)) == .checkAt(Self.time(25)))
        #expect(machine.checkTime(at: Self.time(25)) == .refuse(.tooSlow))
    }

    @Test mutating func aHeadThatNeverEndsIsRefused() {
        #expect(machine.bytesArrived(at: Self.time(0)) == .checkAt(Self.time(15)))
        // More bytes of the same head do not buy more time.
        #expect(machine.bytesArrived(at: Self.time(14)) == .none)
        #expect(machine.checkTime(at: Self.time(15)) == .refuse(.tooSlow))
        #expect(head(at: 16) == .drop)
    }

    @Test mutating func aBodyThatNeverEndsIsRefusedInsteadOfAnswered() {
        #expect(machine.bytesArrived(at: Self.time(0)) == .checkAt(Self.time(15)))
        #expect(head() == .forward)
        #expect(machine.bodyArrived() == .forward)
        #expect(machine.checkTime(at: Self.time(15)) == .refuse(.tooSlow))
        // The handler's own answer comes too late.
        #expect(machine.answerBegan() == (.drop, false))
        #expect(machine.answerEnded(at: Self.time(9)) == .drop)
    }

    @Test mutating func nothingIsPutIntoTheMiddleOfAnAnswer() {
        #expect(machine.bytesArrived(at: Self.time(0)) == .checkAt(Self.time(15)))
        #expect(head() == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.checkTime(at: Self.time(15)) == .close)
    }

    @Test mutating func whatCameWholeBeforeTheTroubleIsAnswered() {
        #expect(head() == .forward)
        #expect(machine.requestEnded(at: Self.time(1)) == .forward)
        #expect(head() == .forward)
        #expect(machine.requestEnded(at: Self.time(1)) == .forward)
        #expect(machine.parserFailed(.malformed) == .checkAt(Self.time(21)))
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.answerEnded(at: Self.time(9)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.answerContinued() == .forward)
        // Then comes what is said of the trouble, and nothing after it.
        #expect(machine.answerEnded(at: Self.time(9)) == .forwardAndRefuse(.malformed))
        #expect(machine.answerBegan() == (.drop, false))
        #expect(machine.answerEnded(at: Self.time(9)) == .drop)
    }

    @Test mutating func aReaderThatPausesHasNoAnswerOverdue() {
        #expect(machine.bytesArrived(at: Self.time(0)) == .checkAt(Self.time(15)))
        for _ in 1...2 {
            #expect(head() == .forward)
            #expect(machine.requestEnded(at: Self.time(0)) == .forward)
        }
        #expect(machine.answerBegan() == (.forward, false))
        machine.writabilityChanged(to: false, at: Self.time(1))
        #expect(machine.answerEnded(at: Self.time(1)) == .forward)
        #expect(machine.checkTime(at: Self.time(15)) == .checkAt(Self.time(35)))
        #expect(machine.checkTime(at: Self.time(35)) == .checkAt(Self.time(55)))
        machine.writabilityChanged(to: true, at: Self.time(40))
        #expect(machine.checkTime(at: Self.time(55)) == .checkAt(Self.time(60)))
        #expect(machine.checkTime(at: Self.time(60)) == .refuse(.overdue))
    }

    @Test mutating func aRequestThatNeverEndsIsRefusedBehindTheAnswersBeforeIt() {
        #expect(machine.bytesArrived(at: Self.time(0)) == .checkAt(Self.time(15)))
        #expect(head() == .forward)
        #expect(machine.requestEnded(at: Self.time(0)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(head() == .forward)
        #expect(machine.checkTime(at: Self.time(15)) == .checkAt(Self.time(20)))
        #expect(machine.answerEnded(at: Self.time(16)) == .forwardAndRefuse(.tooSlow))
        #expect(machine.answerBegan() == (.drop, false))
    }

    @Test mutating func theParsersVerdictIsToldApart() {
        #expect(machine.parserFailed(.headersTooLarge) == .refuse(.headersTooLarge))
        // It tells more than once.
        #expect(machine.parserFailed(.headersTooLarge) == .drop)
    }

    @Test mutating func malformedAndTooLong() {
        var other = machine
        #expect(machine.parserFailed(.malformed) == .refuse(.malformed))
        #expect(other.headArrived(.init(addressBytes: 101), at: Self.time(0)) == .refuse(.addressTooLong))
        #expect(other.requestEnded(at: Self.time(1)) == .drop)
    }

    @Test mutating func continueIsSaidWhenAskedFor() {
        #expect(machine.headArrived(.init(addressBytes: 1, expectsContinue: true), at: Self.time(0)) == .forwardAndContinue)
        #expect(machine.requestEnded(at: Self.time(0)) == .forward)
        // Not before the answer to another.
        #expect(machine.headArrived(.init(addressBytes: 1, expectsContinue: true), at: Self.time(0)) == .forward)
    }

    @Test mutating func quiescingWaitsForWhatIsOwedAndSaysSo() {
        #expect(head() == .forward)
        #expect(machine.requestEnded(at: Self.time(1)) == .forward)
        #expect(machine.quiesceBegan(at: Self.time(1)) == (true, Self.time(11)))
        #expect(machine.answerBegan() == (.forward, true))
        // It may take the rest of the time there is.
        #expect(machine.checkTime(at: Self.time(11)) == .checkAt(Self.time(31)))
    }

    @Test mutating func quiescingAnIdleConnectionLetsOneMoreRequestIn() {
        #expect(machine.quiesceBegan(at: Self.time(1)) == (false, Self.time(11)))
        #expect(head() == .forward)
        #expect(machine.owed == 1)
        #expect(machine.answerBegan() == (.forward, true))
    }

    @Test mutating func quiescingGivesAHalfSentRequestLittleTime() {
        #expect(machine.bytesArrived(at: Self.time(0)) == .checkAt(Self.time(15)))
        #expect(head() == .forward)
        #expect(machine.quiesceBegan(at: Self.time(1)) == (true, Self.time(4)))
        #expect(machine.checkTime(at: Self.time(4)) == .refuse(.tooSlow))
    }

    @Test mutating func whatIsNotAnsweredWhenTheTimeToStopHasComeHearsSo() {
        #expect(head() == .forward)
        #expect(machine.requestEnded(at: Self.time(0)) == .forward)
        #expect(head() == .forward)
        #expect(machine.requestEnded(at: Self.time(0)) == .forward)
        #expect(machine.quiesceBegan(at: Self.time(1)) == (true, Self.time(11)))
        #expect(machine.checkTime(at: Self.time(11)) == .refuse(.stopping))
        // The handler's own answer comes too late, and the next request's never.
        #expect(machine.answerBegan() == (.drop, false))
        #expect(machine.answerEnded(at: Self.time(12)) == .drop)
        #expect(head() == .drop)
    }

    @Test mutating func whatIsOverdueBeforeTheStopIsOverdue() {
        #expect(head() == .forward)
        #expect(machine.requestEnded(at: Self.time(0)) == .forward)
        #expect(machine.quiesceBegan(at: Self.time(15)) == (true, Self.time(20)))
        #expect(machine.checkTime(at: Self.time(20)) == .refuse(.overdue))
    }

    @Test mutating func aRequestThatCrossesTheStopHasNoMoreTimeThanOthers() {
        #expect(machine.quiesceBegan(at: Self.time(1)) == (false, Self.time(11)))
        #expect(head(at: 1) == .forward)
        #expect(machine.requestEnded(at: Self.time(1)) == .forward)
        #expect(machine.checkTime(at: Self.time(11)) == .refuse(.stopping))
    }

    @Test mutating func anOverdueAnswerIsOurs() {
        #expect(machine.bytesArrived(at: Self.time(0)) == .checkAt(Self.time(15)))
        #expect(head(at: 1) == .forward)
        #expect(machine.requestEnded(at: Self.time(1)) == .forward)
        #expect(machine.checkTime(at: Self.time(15)) == .checkAt(Self.time(21)))
        #expect(machine.checkTime(at: Self.time(21)) == .refuse(.overdue))
        #expect(machine.answerBegan() == (.drop, false))
    }

    @Test func anAnswerMayBeDueBeforeARequestMust() {
        var machine = ConnectionMachine(
            receiveLimit: .seconds(15), respondLimit: .seconds(2), stopLimit: .seconds(10), maximumAddressBytes: 100)
        #expect(machine.bytesArrived(at: Self.time(0)) == .checkAt(Self.time(2)))
        #expect(machine.headArrived(.init(addressBytes: 10), at: Self.time(1)) == .forward)
        #expect(machine.requestEnded(at: Self.time(1)) == .forward)
        #expect(machine.checkTime(at: Self.time(2)) == .checkAt(Self.time(3)))
        #expect(machine.checkTime(at: Self.time(3)) == .refuse(.overdue))
    }

    @Test mutating func anAnswerThatHasBegunMayTakeItsTime() {
        #expect(machine.bytesArrived(at: Self.time(0)) == .checkAt(Self.time(15)))
        #expect(head() == .forward)
        #expect(machine.requestEnded(at: Self.time(1)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.checkTime(at: Self.time(15)) == .checkAt(Self.time(35)))
    }

    @Test mutating func oneAnswerARequest() {
        #expect(machine.bytesArrived(at: Self.time(0)) == .checkAt(Self.time(15)))
        #expect(head() == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.answerEnded(at: Self.time(1)) == .forward)
        // Its body breaks, or never ends, after it was answered.
        var slow = machine
        #expect(machine.parserFailed(.malformed) == .close)
        #expect(slow.checkTime(at: Self.time(15)) == .close)
    }

    @Test mutating func troubleBehindARequestLeavesItsDeadline() {
        #expect(machine.bytesArrived(at: Self.time(0)) == .checkAt(Self.time(15)))
        #expect(head() == .forward)
        #expect(machine.requestEnded(at: Self.time(0)) == .forward)
        #expect(machine.parserFailed(.malformed) == .none)
        #expect(machine.checkTime(at: Self.time(15)) == .checkAt(Self.time(20)))
        #expect(machine.checkTime(at: Self.time(20)) == .refuse(.overdue))
        #expect(machine.answerBegan() == (.drop, false))
    }

    @Test mutating func whatCannotBeFramedIsRefused() {
        #expect(machine.headArrived(.init(isSound: false), at: Self.time(0)) == .refuse(.malformed))
        #expect(machine.bodyArrived() == .drop)
    }

    @Test mutating func theLastRequestOfAConnection() {
        #expect(machine.headArrived(.init(keepsAlive: false), at: Self.time(0)) == .forward)
        #expect(machine.requestEnded(at: Self.time(0)) == .forward)
        // Whatever comes behind it nobody asked to be answered.
        #expect(head() == .drop)
        #expect(machine.requestEnded(at: Self.time(0)) == .drop)
        #expect(machine.answerBegan() == (.forward, true))
        #expect(machine.answerEnded(at: Self.time(1)) == .forwardAndClose)
    }

    @Test mutating func aSlowCallersTimeIsNotOurs() {
        var machine = ConnectionMachine(
            receiveLimit: .seconds(15), respondLimit: .seconds(2), stopLimit: .seconds(10), maximumAddressBytes: 100)
        #expect(machine.bytesArrived(at: Self.time(0)) == .checkAt(Self.time(2)))
        #expect(machine.headArrived(.init(), at: Self.time(0)) == .forward)
        #expect(machine.checkTime(at: Self.time(2)) == .checkAt(Self.time(15)))
        #expect(machine.requestEnded(at: Self.time(10)) == .forward)
        #expect(machine.checkTime(at: Self.time(15)) == .refuse(.overdue))
    }

    @Test("A body goes on after its request was answered: a little is taken in, then the connection closes")
    func unwantedBody() {
        var machine = ConnectionMachine(
            receiveLimit: .seconds(60), respondLimit: .seconds(30), stopLimit: .seconds(20), maximumAddressBytes: 1000)
        let now = NIODeadline.uptimeNanoseconds(0)
        _ = machine.bytesArrived(at: now)
        #expect(machine.headArrived(.init(), at: now) == .forward)
        #expect(machine.bodyArrived(10 << 20) == .forward)
        _ = machine.answerBegan()
        #expect(machine.answerEnded(at: now) == .forward)
        #expect(machine.bodyArrived(ConnectionMachine.unwantedBytesLimit) == .forward)
        #expect(machine.bodyArrived(1) == .close)
        #expect(machine.bodyArrived(1) == .drop)
    }
}
