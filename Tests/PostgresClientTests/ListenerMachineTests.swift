import Testing

@testable import PostgresClient

/// A listener's life without a server: what it does next, and whom it tells what.
@Suite struct ListenerMachineTests {
    private let refused = PostgresError(.connectionFailed, "connection refused", isRetrySafe: true)
    private let broken = PostgresError(.connectionLost, "the server closed the connection", isRetrySafe: true)
    private let wrongPassword: PostgresError = {
        var fields = PostgresError.ServerFields()
        fields.sqlState = "28P01"
        return PostgresError(.connectionFailed, "password authentication failed", fields: fields, isRetrySafe: true)
    }()
    private let second: Int64 = 1_000_000_000

    /// A machine with its clock, the shortest or the longest pauses, and what it has told.
    private struct Life {
        var machine: ListenerMachine
        var now: Int64
        var jitter = 1.0
        var events: [PostgresListenEvent] = []
        var answers: [Result<Void, PostgresError>] = []

        init(deadline: Int64, now: Int64 = 0) {
            machine = ListenerMachine(startDeadline: deadline)
            self.now = now
        }

        var refusals: [PostgresError] { answers.compactMap { if case .failure(let error) = $0 { error } else { nil } } }

        private mutating func take(_ step: ListenerMachine.Step) -> ListenerMachine.Step.Work {
            if let event = step.event { events.append(event) }
            if let answer = step.answer { answers.append(answer) }
            return step.work
        }

        mutating func started() -> ListenerMachine.Step.Work { take(machine.started()) }
        mutating func listening() -> ListenerMachine.Step.Work { take(machine.listening()) }
        mutating func paused() -> ListenerMachine.Step.Work { take(machine.paused()) }
        mutating func stopped() -> ListenerMachine.Step.Work { take(machine.stopped()) }
        mutating func failed(_ error: PostgresError) -> ListenerMachine.Step.Work { take(machine.failed(error, at: now, jitter: jitter)) }

        /// Fails, and lets the pause go by; nil when that was the end.
        mutating func pause(after error: PostgresError) -> Int64? {
            guard case .pause(let moment) = failed(error) else { return nil }
            defer { now = moment }
            #expect(paused() == .connect)
            return moment - now
        }
    }

    @Test("Listening begins when the server has confirmed") func listensOnceTheServerHasConfirmed() throws {
        var life = Life(deadline: second)
        #expect(life.started() == .connect && life.answers.isEmpty)
        #expect(life.listening() == .receive)
        #expect(life.answers.count == 1)
        try life.answers[0].get()
        #expect(life.events.isEmpty, "nothing was promised before, so nothing can have been missed")
    }

    @Test("The first start retries until its deadline") func theFirstStartTriesUntilItsDeadline() {
        var life = Life(deadline: 5 * second)
        life.jitter = 0
        var attempts = 1
        while life.pause(after: refused) != nil {
            #expect(life.answers.isEmpty && life.now < 5 * second)
            attempts += 1
        }
        #expect(attempts > 9)
        // The next attempt would have been half a second later, at the deadline or after it.
        #expect(life.now >= 5 * second - second / 2)
        #expect(life.answers.count == 1)
        #expect(throws: PostgresError.self) { try life.answers[0].get() }
        #expect(life.failed(refused) == .end && life.listening() == .end && life.started() == .end)
        #expect(life.answers.count == 1 && life.events.isEmpty)
    }

    @Test("The first start may succeed late") func theFirstStartMaySucceedLate() throws {
        var life = Life(deadline: 5 * second)
        while life.now < 4 * second { _ = life.pause(after: refused) }
        #expect(life.listening() == .receive)
        try life.answers[0].get()
        #expect(life.events.isEmpty)
    }

    @Test("A permanent refusal ends the first start at once") func aRefusalForGoodEndsTheFirstStartAtOnce() {
        var life = Life(deadline: 100 * second)
        #expect(life.pause(after: refused) != nil)
        #expect(life.failed(wrongPassword) == .end)
        #expect(life.refusals.map(\.sqlState) == ["28P01"])
    }

    @Test("A permanent refusal does not end a listener that has listened") func aRefusalForGoodDoesNotEndOneThatHasListened() {
        var life = Life(deadline: second)
        _ = life.listening()
        life.now = 1000 * second
        #expect(life.pause(after: broken) != nil)
        for _ in 0..<100 { #expect(life.pause(after: wrongPassword) != nil) }
        #expect(life.listening() == .receive)
        #expect(life.events == [.interrupted, .mayHaveMissed] && life.answers.count == 1)
    }

    @Test("Back-off grows to half a second and resets after success") func pausesGrowUpToHalfASecondAndBeginAnewAfterSuccess() {
        for (jitter, expected) in [(0, [50, 100, 200, 400, 500, 500]), (1, [25, 50, 100, 200, 250, 250])] as [(Double, [Int64])] {
            var life = Life(deadline: second)
            life.jitter = jitter
            _ = life.listening()
            for _ in 0..<2 {
                let pauses = [broken, refused, refused, refused, refused, refused].map { life.pause(after: $0) }
                #expect(pauses == expected.map { $0 * 1_000_000 })
                #expect(life.listening() == .receive)
            }
        }
    }

    @Test("Each disconnect and each reconnect is reported once") func eachBreakIsToldOnceAndEachReturnToo() {
        var life = Life(deadline: second)
        _ = life.listening()
        for _ in 0..<3 { _ = life.pause(after: broken) }
        #expect(life.events == [.interrupted])
        _ = life.listening()
        #expect(life.events == [.interrupted, .mayHaveMissed])
        // One that breaks at once has been there all the same.
        _ = life.pause(after: broken)
        _ = life.listening()
        #expect(life.events == [.interrupted, .mayHaveMissed, .interrupted, .mayHaveMissed])
    }

    @Test("Stopping during a reconnect ends it") func whoeverStopsWhileItConnectsAgainEndsIt() {
        var life = Life(deadline: second)
        _ = life.listening()
        guard case .pause = life.failed(broken) else { Issue.record("it must wait first"); return }
        #expect(life.stopped() == .end)
        // What was under way comes too late, whatever becomes of it.
        #expect(life.paused() == .end && life.listening() == .end && life.failed(refused) == .end && life.stopped() == .end)
        #expect(life.events == [.interrupted] && life.answers.count == 1)
    }

    @Test("Stopping before the start answers the caller") func whoeverStopsBeforeTheStartIsAnswered() {
        var life = Life(deadline: second)
        _ = life.pause(after: refused)
        #expect(life.stopped() == .end && life.stopped() == .end)
        #expect(life.refusals.map(\.code) == [.cancelled])
    }

    @Test("The cause of a disconnect is logged") func whatBrokeIsLogged() {
        var machine = ListenerMachine(startDeadline: second)
        #expect(machine.failed(refused, at: 0, jitter: 0).warning?.code == .connectionFailed)
        #expect(machine.listening().warning == nil)
        #expect(machine.failed(broken, at: 0, jitter: 0).warning?.code == .connectionLost)
        #expect(machine.paused().warning == nil && machine.stopped().warning == nil)
    }
}
