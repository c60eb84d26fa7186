import NIOCore
import Testing

@testable import TypedAPI

@Suite struct ConnectionMachineTests {
    private var machine = ConnectionMachine.sample()

    @Test mutating func anOrdinaryExchange() {
        #expect(machine.bytesArrived(at: .second(0)) == .checkAt(.second(15)))
        #expect(machine.head() == .forward)
        #expect(machine.bodyArrived() == .forward)
        #expect(machine.requestEnded(at: .second(1)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.answerContinued() == .forward)
        #expect(machine.answerEnded(at: .second(9)) == .forward)
        #expect(machine.look(at: 15) == .checkAt(.second(69)))
    }

    @Test mutating func oneCheckServesManyRequests() {
        #expect(machine.bytesArrived(at: .second(0)) == .checkAt(.second(15)))
        #expect(machine.head() == .forward)
        #expect(machine.requestEnded(at: .second(1)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.answerEnded(at: .second(9)) == .forward)
        #expect(machine.bytesArrived(at: .second(10)) == .none)
        // The second request is five seconds old when the first one's check comes.
        #expect(machine.look(at: 15) == .checkAt(.second(25)))
        #expect(machine.look(at: 25) == .refuse(.tooSlow))
    }

    @Test mutating func aHeadThatNeverEndsIsRefused() {
        #expect(machine.bytesArrived(at: .second(0)) == .checkAt(.second(15)))
        // More bytes of the same head do not buy more time.
        #expect(machine.bytesArrived(at: .second(14)) == .none)
        #expect(machine.look(at: 15) == .refuse(.tooSlow))
        #expect(machine.head(at: 16) == .drop)
    }

    @Test mutating func aBodyThatNeverEndsIsRefusedInsteadOfAnswered() {
        #expect(machine.bytesArrived(at: .second(0)) == .checkAt(.second(15)))
        #expect(machine.head() == .forward)
        #expect(machine.bodyArrived() == .forward)
        #expect(machine.look(at: 15) == .refuse(.tooSlow))
        // The handler's own answer comes too late.
        #expect(machine.answerBegan() == (.drop, false))
        #expect(machine.answerEnded(at: .second(9)) == .drop)
    }

    @Test mutating func nothingIsPutIntoTheMiddleOfAnAnswer() {
        #expect(machine.bytesArrived(at: .second(0)) == .checkAt(.second(15)))
        #expect(machine.head() == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.look(at: 15) == .close)
    }

    @Test mutating func whatCameWholeBeforeTheTroubleIsAnswered() {
        #expect(machine.head() == .forward)
        #expect(machine.requestEnded(at: .second(1)) == .forward)
        #expect(machine.head() == .forward)
        #expect(machine.requestEnded(at: .second(1)) == .forward)
        #expect(machine.parserFailed(.malformed) == .none)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.answerEnded(at: .second(9)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.answerContinued() == .forward)
        // Then comes what is said of the trouble, and nothing after it.
        #expect(machine.answerEnded(at: .second(9)) == .forwardAndRefuse(.malformed))
        #expect(machine.answerBegan() == (.drop, false))
        #expect(machine.answerEnded(at: .second(9)) == .drop)
    }

    @Test mutating func aRequestThatNeverEndsIsRefusedBehindTheAnswersBeforeIt() {
        #expect(machine.bytesArrived(at: .second(0)) == .checkAt(.second(15)))
        #expect(machine.head() == .forward)
        #expect(machine.requestEnded(at: .second(0)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.head() == .forward)
        #expect(machine.look(at: 15) == .checkAt(.second(35)))
        #expect(machine.answerEnded(at: .second(16)) == .forwardAndRefuse(.tooSlow))
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
        #expect(other.headArrived(.init(addressBytes: 101), at: .second(0)) == .refuse(.addressTooLong))
        #expect(other.requestEnded(at: .second(1)) == .drop)
    }

    @Test mutating func continueIsSaidWhenAskedFor() {
        #expect(machine.headArrived(.init(addressBytes: 1, expectsContinue: true), at: .second(0)) == .forwardAndContinue)
        #expect(machine.requestEnded(at: .second(0)) == .forward)
        // Not before the answer to another.
        #expect(machine.headArrived(.init(addressBytes: 1, expectsContinue: true), at: .second(0)) == .forward)
    }

    @Test mutating func quiescingWaitsForWhatIsOwedAndSaysSo() {
        #expect(machine.head() == .forward)
        #expect(machine.requestEnded(at: .second(1)) == .forward)
        #expect(machine.quiesceBegan(at: .second(1)) == (true, .second(11)))
        #expect(machine.answerBegan() == (.forward, true))
        // It may take the rest of the time there is.
        #expect(machine.look(at: 11) == .checkAt(.second(31)))
    }

    @Test mutating func quiescingAnIdleConnectionLetsOneMoreRequestIn() {
        #expect(machine.quiesceBegan(at: .second(1)) == (false, .second(11)))
        #expect(machine.head() == .forward)
        #expect(machine.owed == 1)
        #expect(machine.answerBegan() == (.forward, true))
    }

    @Test mutating func quiescingGivesAHalfSentRequestLittleTime() {
        #expect(machine.bytesArrived(at: .second(0)) == .checkAt(.second(15)))
        #expect(machine.head() == .forward)
        #expect(machine.quiesceBegan(at: .second(1)) == (true, .second(4)))
        #expect(machine.look(at: 4) == .refuse(.tooSlow))
    }

    @Test mutating func whatIsNotAnsweredWhenTheTimeToStopHasComeHearsSo() {
        #expect(machine.head() == .forward)
        #expect(machine.requestEnded(at: .second(0)) == .forward)
        #expect(machine.head() == .forward)
        #expect(machine.requestEnded(at: .second(0)) == .forward)
        #expect(machine.quiesceBegan(at: .second(1)) == (true, .second(11)))
        #expect(machine.look(at: 11) == .refuse(.stopping))
        // The handler's own answer comes too late, and the next request's never.
        #expect(machine.answerBegan() == (.drop, false))
        #expect(machine.answerEnded(at: .second(12)) == .drop)
        #expect(machine.head() == .drop)
    }

    @Test mutating func whatIsOverdueBeforeTheStopIsOverdue() {
        #expect(machine.head() == .forward)
        #expect(machine.requestEnded(at: .second(0)) == .forward)
        #expect(machine.quiesceBegan(at: .second(15)) == (true, .second(20)))
        #expect(machine.look(at: 20) == .refuse(.overdue))
    }

    @Test mutating func aRequestThatCrossesTheStopHasNoMoreTimeThanOthers() {
        #expect(machine.quiesceBegan(at: .second(1)) == (false, .second(11)))
        #expect(machine.head(at: 1) == .forward)
        #expect(machine.requestEnded(at: .second(1)) == .forward)
        #expect(machine.look(at: 11) == .refuse(.stopping))
    }

    @Test mutating func anOverdueAnswerIsOurs() {
        #expect(machine.bytesArrived(at: .second(0)) == .checkAt(.second(15)))
        #expect(machine.head(at: 1) == .forward)
        #expect(machine.requestEnded(at: .second(1)) == .forward)
        #expect(machine.look(at: 15) == .checkAt(.second(21)))
        #expect(machine.look(at: 21) == .refuse(.overdue))
        #expect(machine.answerBegan() == (.drop, false))
    }

    @Test func anAnswerMayBeDueBeforeARequestMust() {
        var machine = ConnectionMachine.sample(respond: 2)
        #expect(machine.bytesArrived(at: .second(0)) == .checkAt(.second(2)))
        #expect(machine.headArrived(.init(addressBytes: 10), at: .second(1)) == .forward)
        #expect(machine.requestEnded(at: .second(1)) == .forward)
        #expect(machine.look(at: 2) == .checkAt(.second(3)))
        #expect(machine.look(at: 3) == .refuse(.overdue))
    }

    @Test mutating func anAnswerThatHasBegunMayTakeItsTime() {
        #expect(machine.bytesArrived(at: .second(0)) == .checkAt(.second(15)))
        #expect(machine.head() == .forward)
        #expect(machine.requestEnded(at: .second(1)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.look(at: 15) == .checkAt(.second(35)))
    }

    @Test mutating func oneAnswerARequest() {
        #expect(machine.bytesArrived(at: .second(0)) == .checkAt(.second(15)))
        #expect(machine.head() == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.answerEnded(at: .second(1)) == .forward)
        // Its body breaks, or never ends, after it was answered.
        var slow = machine
        #expect(machine.parserFailed(.malformed) == .close)
        #expect(slow.look(at: 15) == .close)
    }

    @Test mutating func troubleBehindARequestLeavesItsDeadline() {
        #expect(machine.bytesArrived(at: .second(0)) == .checkAt(.second(15)))
        #expect(machine.head() == .forward)
        #expect(machine.requestEnded(at: .second(0)) == .forward)
        #expect(machine.parserFailed(.malformed) == .none)
        #expect(machine.look(at: 15) == .checkAt(.second(20)))
        #expect(machine.look(at: 20) == .refuse(.overdue))
        #expect(machine.answerBegan() == (.drop, false))
    }

    @Test mutating func whatCannotBeFramedIsRefused() {
        #expect(machine.headArrived(.init(isSound: false), at: .second(0)) == .refuse(.malformed))
        #expect(machine.bodyArrived() == .drop)
    }

    @Test mutating func theLastRequestOfAConnection() {
        #expect(machine.headArrived(.init(keepsAlive: false), at: .second(0)) == .forward)
        #expect(machine.requestEnded(at: .second(0)) == .forward)
        // Whatever comes behind it nobody asked to be answered.
        #expect(machine.head() == .drop)
        #expect(machine.requestEnded(at: .second(0)) == .drop)
        #expect(machine.answerBegan() == (.forward, true))
        #expect(machine.answerEnded(at: .second(1)) == .forwardAndClose)
    }

    @Test mutating func aSlowCallersTimeIsNotOurs() {
        var machine = ConnectionMachine.sample(respond: 2)
        #expect(machine.bytesArrived(at: .second(0)) == .checkAt(.second(2)))
        #expect(machine.headArrived(.init(), at: .second(0)) == .forward)
        #expect(machine.look(at: 2) == .checkAt(.second(15)))
        #expect(machine.requestEnded(at: .second(10)) == .forward)
        #expect(machine.look(at: 15) == .refuse(.overdue))
    }

    @Test("A body goes on after its request was answered: a little is taken in, then the connection closes")
    mutating func unwantedBody() {
        let now = NIODeadline.second(0)
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
