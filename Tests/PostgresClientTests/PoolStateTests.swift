import Logging
import Testing

@testable import PostgresClient

/// What a pool decides, without sockets, threads or a clock. Connections are named by their wires: "a", "b", …
@Suite struct PoolStateTests {
    @Test("Queries go to the least busy connection") func queriesGoToTheLeastBusyConnection() throws {
        var pool = try SimulatedPool(connections: ["a", "b"])
        #expect(pool.submit(Job(.reset)).writes == ["a"])
        #expect(pool.submit(Job(.reset)).writes == ["b"])
        #expect(pool.submit(Job(.reset)).writes == ["a"])
        #expect(pool.finish(on: "b").finished.count == 1)
        #expect(pool.submit(Job(.reset)).writes == ["b"])
    }

    @Test("Among equally busy connections the caller's own loop is preferred") func amongEqualsTheCallersOwnLoopIsPreferred() throws {
        var pool = try SimulatedPool(connections: ["a", "b"])
        let eventLoop = pool.eventLoop(of: "b")
        #expect(pool.submit(Job(.reset), preferring: eventLoop).writes == ["b"])
        #expect(pool.submit(Job(.reset), preferring: eventLoop).writes == ["a"], "but never at the price of waiting")
    }

    @Test("Connections open while jobs wait or share") func connectionsAreOpenedWhileJobsWaitOrShare() throws {
        var pool = try SimulatedPool(connections: []) { $0.maximumConnections = 3 }
        #expect(pool.submit(Job(.reset)).connects == 1)
        #expect(pool.submit(Job(.reset)).connects == 1)
        #expect(pool.open("a").writes == ["a"], "the other waits for the connection that is being opened")
        #expect(pool.submit(Job(.reset)).connects == 1)
        #expect(pool.submit(Job(.reset)).connects == 0, "three are enough")
        #expect(pool.sent(on: "a").count == 2, "what is too much for them shares")
        #expect(pool.finish(on: "a").writes.isEmpty)
        #expect(pool.finish(on: "a").writes == ["a"], "or goes where there is nothing to do")
        #expect(pool.open("b").writes == ["b"])
        #expect(pool.open("c").connects == 0)
    }

    @Test("Jobs behind a full pipeline are sent in order") func whatWaitsBehindAFullPipelineIsSentInItsTurn() throws {
        var pool = try SimulatedPool(connections: ["a"]) {
            $0.maximumConnections = 1
            $0.maximumPipelineDepth = 2
        }
        let jobs = (0..<4).map { _ in Job(.reset) }
        for job in jobs { pool.submit(job) }
        #expect(pool.sent(on: "a") == jobs[..<2].map(ObjectIdentifier.init))
        #expect(pool.finish(on: "a").writes == ["a"])
        #expect(pool.sent(on: "a") == [ObjectIdentifier(jobs[2])])
    }

    @Test("A stalled connection gets no further jobs") func aSlowConnectionIsLeftAlone() throws {
        var pool = try SimulatedPool(connections: ["a", "b"]) { $0.maximumConnections = 2 }
        pool.submit(Job(.reset))
        pool.pass(.milliseconds(30))
        for _ in 0..<3 { #expect(pool.submit(Job(.reset)).writes == ["b"]) }
    }

    // MARK: Leases

    @Test("A lease is exclusive") func aLeaseHasItsConnectionToItself() throws {
        var pool = try SimulatedPool(connections: ["a"]) { $0.maximumConnections = 1 }
        let lease = Lease()
        #expect(pool.submit(Job(.reset, route: .opens(lease))).writes == ["a"])
        #expect(pool.submit(Job(.reset)).writes.isEmpty)
        let next = Job(.statements([], hidden: 0), route: .continues(lease))
        #expect(pool.submit(next).writes == ["a"])
        pool.finish(on: "a")
        pool.finish(on: "a")
        #expect(pool.submit(Job(.statements([], hidden: 0), route: .closes(lease))).writes == ["a"])
        #expect(pool.finish(on: "a").writes == ["a"], "the query gets its turn")
        #expect(pool.submit(Job(.reset, route: .continues(lease))).finished.isEmpty)
    }

    @Test("A job submitted before its lease opens waits for it") func whatOvertakesTheOpeningOfItsLeaseWaitsForIt() throws {
        var pool = try SimulatedPool(connections: ["a"]) { $0.maximumConnections = 1 }
        let lease = Lease()
        let (early, opening) = (
            Job(.statements([], hidden: 0), route: .continues(lease)), Job(.statements([], hidden: 0), route: .opens(lease))
        )
        #expect(pool.submit(early).writes.isEmpty)
        #expect(pool.submit(opening).writes == ["a", "a"])
        #expect(pool.sent(on: "a") == [opening, early].map(ObjectIdentifier.init))
    }

    @Test("A stream of queries cannot starve a lease") func aStreamOfQueriesCannotStarveALease() throws {
        var pool = try SimulatedPool(connections: ["a", "b"]) { $0.maximumConnections = 2 }
        for _ in 0..<4 { pool.submit(Job(.reset)) }
        #expect(pool.submit(Job(.reset, route: .opens(Lease()))).writes.isEmpty)
        #expect(pool.submit(Job(.reset)).writes == ["b"], "one of the two is kept for it")
        #expect(pool.submit(Job(.reset)).writes == ["b"])
        pool.finish(on: "a")
        #expect(pool.finish(on: "a").writes == ["a"])
    }

    // MARK: Loss

    @Test("Jobs that were not sent move to another connection") func whatWasNotSentIsSentElsewhere() throws {
        var pool = try SimulatedPool(connections: ["a"]) { $0.maximumConnections = 1 }
        let jobs = (0..<3).map { _ in Job(.reset) }
        for job in jobs { pool.submit(job) }
        _ = pool.sent(on: "a")
        let unseen = Job(.reset)
        pool.submit(unseen)  // stays in the outbox
        let effects = pool.receive(.lost(reason: "gone", cause: nil, unsent: 1), on: "a")
        #expect(effects.closings == ["a"])
        #expect(effects.errors.map(\.code) == [.connectionLost, .connectionLost])
        #expect(effects.errors.allSatisfy { !$0.isRetrySafe })
        pool.open("b")
        #expect(pool.sent(on: "b") == [jobs[2], unseen].map(ObjectIdentifier.init))
        #expect(pool.receive(.lost(reason: "late word", cause: nil, unsent: 0), on: "a").closings.isEmpty)
    }

    @Test("A cancelled job does not move to another connection") func whatWasWithdrawnIsNotSentElsewhere() throws {
        var pool = try SimulatedPool(connections: ["a"])
        let job = Job(.reset)
        pool.submit(job)
        job.setCancelled()
        pool.happen { $0.cancelled(job, at: $1) }
        let effects = pool.receive(.lost(reason: "gone", cause: nil, unsent: 0), on: "a")
        #expect(effects.errors.map(\.code) == [.cancelled] && effects.errors.allSatisfy(\.isRetrySafe))
        #expect(pool.open("b").writes.isEmpty)
    }

    @Test("A lost transaction fails each statement until its end") func aLostTransactionSaysSoUntilItsEnd() throws {
        var pool = try SimulatedPool(connections: ["a", "b"])
        let lease = Lease()
        pool.submit(Job(.reset, route: .opens(lease)))
        let held = Job(.script(""), route: .continues(lease))
        pool.submit(held)
        _ = pool.sent(on: "a")
        #expect(
            pool.receive(.lost(reason: "gone", cause: nil, unsent: 0), on: "a").errors.map(\.code) == [.connectionLost, .connectionLost])
        #expect(pool.submit(Job(.reset, route: .continues(lease))).errors.map(\.code) == [.connectionLost])
        #expect(pool.submit(Job(.reset, route: .closes(lease))).errors.map(\.code) == [.connectionLost])
    }

    @Test("One connection at a time tries a server that is down") func aServerThatIsAwayIsTriedByOneAtATime() throws {
        var pool = try SimulatedPool(connections: [])
        #expect(pool.submit(Job(.reset)).connects == 1)
        #expect(pool.submit(Job(.reset)).connects == 1)
        let refusal = PostgresError(.connectionFailed, "refused", isRetrySafe: true)
        #expect(pool.happen { $0.connectFailed(refusal, at: $1) }.connects == 0)
        pool.happen { $0.connectFailed(refusal, at: $1) }
        #expect(pool.pass(.milliseconds(10)).connects == 0)
        #expect(pool.pass(.milliseconds(100)).connects == 1)
        #expect(pool.submit(Job(.reset)).connects == 0)
        #expect(pool.pass(.seconds(10)).errors.map(\.message).allSatisfy { $0.contains("refused") })
    }

    @Test("A server that stays down is logged at growing intervals") func aServerThatStaysAwayIsToldOfMoreAndMoreSeldom() throws {
        var pool = try SimulatedPool(connections: []) { $0.acquireTimeout = .seconds(3600) }
        pool.submit(Job(.reset))
        var told: [Int] = []
        for _ in 0..<20 {
            let effects = pool.happen { $0.connectFailed(PostgresError(.connectionFailed, "refused", isRetrySafe: true), at: $1) }
            for case .connectFailed(_, let attempt, _, .warning) in effects.reports { told.append(attempt) }
            #expect(effects.reports.count == 1, "the observer hears of every one")
            #expect(pool.pass(.seconds(1)).connects == 1)
        }
        #expect(told == [1, 2, 4, 8, 16])
    }

    @Test("A stale prepared statement is prepared again once") func aStalePreparationIsMadeAnewOnce() throws {
        var pool = try SimulatedPool(connections: ["a"])
        let job = Job(.statements(["select 1"], hidden: 0))
        pool.submit(job)
        let effects = pool.finish(on: "a", sqlState: "26000")
        #expect(effects.finished.isEmpty && effects.writes == ["a"])
        #expect(job.isUnprepared, "whatever becomes of the connection meanwhile")
        #expect(pool.finish(on: "a", sqlState: "26000").errors.map(\.sqlState) == ["26000"])
    }

    @Test("A stale statement is retried only at the start of a transaction") func aTransactionIsHealedOnlyWhereItBegins() throws {
        var pool = try SimulatedPool(connections: ["a"])
        let (lease, inTransaction) = (Lease(), ServerConnection.SessionStatus(isInTransaction: true))
        let opening = Job(.statements(["BEGIN", "select 1"], hidden: 1), route: .opens(lease))
        let following = Job(.statements(["select 2"], hidden: 0), route: .continues(lease))
        pool.submit(opening)
        #expect(pool.sent(on: "a").count == 1)
        #expect(pool.finish(on: "a", sqlState: "26000", inTransaction).finished.isEmpty)
        #expect(pool.sent(on: "a").last == ObjectIdentifier(opening), "behind a ROLLBACK")
        #expect(pool.finish(on: "a").errors.isEmpty)
        #expect(pool.finish(on: "a", inTransaction).finished.map { $0.0.job === opening } == [true])
        pool.submit(following)
        #expect(pool.finish(on: "a", sqlState: "26000", inTransaction).errors.count == 1)
        pool.submit(following)
        #expect(pool.finish(on: "a", sqlState: "26000").writes == ["a"], "outside a transaction nothing is lost by doing it again")
    }

    // MARK: Life

    @Test("Idle connections above the minimum close") func spareConnectionsGoWhenTheyHaveBeenIdle() throws {
        var pool = try SimulatedPool(connections: ["a", "b", "c"]) {
            $0.minimumConnections = 1
            $0.idleTimeout = .seconds(60)
        }
        pool.pass(.seconds(59))
        pool.submit(Job(.reset))
        pool.finish(on: "a")
        #expect(pool.pass(.seconds(1)).closings == ["c", "b"])
        #expect(pool.pass(.seconds(600)).closings.isEmpty)
    }

    @Test("Old connections are replaced one by one") func oldConnectionsAreReplacedOneAfterTheOther() throws {
        var pool = try SimulatedPool(connections: ["a", "b"]) {
            $0.minimumConnections = 2
            $0.maximumConnectionAge = .seconds(100)
        }
        pool.submit(Job(.reset))
        pool.submit(Job(.reset))
        #expect(pool.pass(.seconds(100)).closings.isEmpty, "both are busy")
        let first = pool.finish(on: "a").closings + pool.finish(on: "b").closings
        #expect(first.count == 1)
    }

    @Test("A transaction left open closes its connection") func aTransactionLeftOpenCostsTheConnection() throws {
        var pool = try SimulatedPool(connections: ["a"])
        pool.submit(Job(.reset))
        let standing = ServerConnection.SessionStatus(isInTransaction: true)
        let effects = pool.receive(.finished(.success([]), standing), on: "a")
        #expect(effects.closings == ["a"] && effects.finished.count == 1)
    }

    @Test("Closing lets accepted jobs finish") func closingLetsFinishWhatWasAccepted() throws {
        var pool = try SimulatedPool(connections: ["a"]) { $0.closeTimeout = .seconds(5) }
        pool.submit(Job(.reset))
        #expect(!pool.happen { $0.closed(at: $1) }.isEnd)
        #expect(pool.submit(Job(.reset)).errors.map(\.code) == [.poolClosed])
        let effects = pool.finish(on: "a")
        #expect(effects.isEnd && effects.closings == ["a"] && effects.errors.isEmpty)
    }

    @Test("Closing cancels jobs after the close timeout") func closingCutsOffWhatTakesTooLong() throws {
        var pool = try SimulatedPool(connections: ["a"]) { $0.closeTimeout = .seconds(5) }
        pool.submit(Job(.reset))
        _ = pool.sent(on: "a")
        pool.happen { $0.closed(at: $1) }
        let effects = pool.pass(.seconds(5))
        #expect(effects.isEnd && effects.errors.map(\.code) == [.connectionLost])
        #expect(pool.submit(Job(.reset)).errors.map(\.code) == [.poolClosed])
    }

    @Test("Jobs submitted before the start wait for it") func whatIsSubmittedBeforeTheStartWaitsForIt() throws {
        var configuration = try PostgresPoolConfiguration(url: "postgresql://localhost/x")
        configuration.minimumConnections = 0
        var state = PoolState<String>(configuration: configuration)
        state.submitted(Pending(Job(.reset), caller: nil), at: 0, preferring: nil)
        #expect(state.takeEffects().connects == 0)
        let late: Int64 = 3_600_000_000_000
        state.ticked(at: late)
        #expect(state.takeEffects().finished.isEmpty)
        state.started(at: late)
        #expect(state.takeEffects().connects == 1)
        state.ticked(at: late)
        #expect(state.takeEffects().finished.isEmpty, "its time to wait begins with the start")
        state.closed(at: late)
        state.ticked(at: late + 3_600_000_000_000)
        #expect(state.takeEffects().isEnd)
    }
}
