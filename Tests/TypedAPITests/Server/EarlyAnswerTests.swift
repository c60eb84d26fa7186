import NIOCore
import Testing

@testable import TypedAPI

/// Answers that do not wait for the body of their request.
@Suite struct EarlyAnswerTests {
    private var machine = ConnectionMachine.sample()

    private static let limit = ConnectionMachine.unwantedBytesLimit

    @Test mutating func aRestThatCanBeTakenInKeepsTheConnection() {
        #expect(machine.headArrived(.init(bodyBytes: Self.limit + 10), at: .second(0)) == .forward)
        #expect(machine.bodyArrived(10) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.answerEnded(at: .second(1)) == .forward)
        #expect(machine.bodyArrived(Self.limit) == .forward)
        #expect(machine.requestEnded(at: .second(2)) == .forward)
        #expect(machine.head() == .forward)
    }

    @Test mutating func aLongerOneEndsItAnnounced() {
        #expect(machine.headArrived(.init(bodyBytes: Self.limit + 10), at: .second(0)) == .forward)
        #expect(machine.bodyArrived(9) == .forward)
        #expect(machine.answerBegan() == (.forward, true))
        #expect(machine.answerEnded(at: .second(1)) == .forwardAndClose)
        #expect(machine.head() == .drop)
    }

    @Test mutating func soDoesOneOfUnknownLength() {
        #expect(machine.headArrived(.init(bodyBytes: nil), at: .second(0)) == .forward)
        #expect(machine.bodyArrived(10) == .forward)
        #expect(machine.answerBegan() == (.forward, true))
        // What comes whole meanwhile changes nothing: it was announced.
        #expect(machine.requestEnded(at: .second(1)) == .forward)
        #expect(machine.answerEnded(at: .second(1)) == .forwardAndClose)
    }

    @Test mutating func oneThatIsWholeDoesNot() {
        #expect(machine.headArrived(.init(bodyBytes: nil), at: .second(0)) == .forward)
        #expect(machine.bodyArrived(10) == .forward)
        #expect(machine.requestEnded(at: .second(1)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
    }

    @Test mutating func theAnswerBeforeItSaysNothing() {
        #expect(machine.head() == .forward)
        #expect(machine.requestEnded(at: .second(0)) == .forward)
        #expect(machine.headArrived(.init(bodyBytes: nil), at: .second(0)) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
        #expect(machine.answerEnded(at: .second(1)) == .forward)
        #expect(machine.answerBegan() == (.forward, true))
        #expect(machine.answerEnded(at: .second(1)) == .forwardAndClose)
    }

    @Test mutating func aBodyThatIsHeldBackMayNeverCome() {
        let head = ConnectionMachine.Head(bodyBytes: 10, expectsContinue: true, mayContinue: false)
        #expect(machine.headArrived(head, at: .second(0)) == .forward)
        #expect(machine.answerBegan() == (.forward, true))
    }

    @Test mutating func oneThatComesAfterAllDoes() {
        let head = ConnectionMachine.Head(bodyBytes: 10, expectsContinue: true, mayContinue: false)
        #expect(machine.headArrived(head, at: .second(0)) == .forward)
        #expect(machine.bodyArrived(1) == .forward)
        #expect(machine.answerBegan() == (.forward, false))
    }

    @Test mutating func oneThatWasAskedForComes() {
        #expect(machine.headArrived(.init(bodyBytes: 10, expectsContinue: true), at: .second(0)) == .forwardAndContinue)
        #expect(machine.answerBegan() == (.forward, false))
    }
}
