import Testing

@testable import PostgresClient

/// What becomes of jobs whose callers have given up, without sockets, threads or a clock.
@Suite struct PoolWithdrawalTests {
    @Test("Cancelling a waiting job removes it at once") func whatWaitsIsWithdrawnAtOnce() throws {
        var pool = try SimulatedPool(connections: [])
        let job = Job(.reset)
        pool.submit(job)
        job.setCancelled()
        let effects = pool.happen { $0.cancelled(job, at: $1) }
        #expect(effects.errors.map(\.code) == [.cancelled])
        #expect(effects.errors.first?.isRetrySafe == true)
        #expect(pool.open("a").writes.isEmpty)
    }

    @Test("Cancelling a job that waits for its lease removes it at once") func whatWaitsForTheOpeningOfItsLeaseIsWithdrawnAtOnce() throws {
        var pool = try SimulatedPool(connections: [])
        let lease = Lease()
        let (opening, job) = (
            Job(.statements([], hidden: 0), route: .opens(lease)), Job(.statements([], hidden: 0), route: .continues(lease))
        )
        pool.submit(opening)
        pool.submit(job)
        job.setCancelled()
        let effects = pool.happen { $0.cancelled(job, at: $1) }
        #expect(effects.errors.map(\.code) == [.cancelled])
        #expect(effects.errors.first?.isRetrySafe == true)
        pool.open("a")
        #expect(pool.sent(on: "a") == [ObjectIdentifier(opening)])
    }

    @Test("Cancelling interrupts the running job alone") func whatRunsIsInterruptedAndNothingElse() throws {
        var pool = try SimulatedPool(connections: ["a"]) { $0.maximumConnections = 1 }
        let (job, neighbor) = (Job(.reset), Job(.reset))
        pool.submit(job)
        pool.submit(neighbor)
        job.setCancelled()
        #expect(pool.happen { $0.cancelled(job, at: $1) }.interruptions.map(\.0) == ["a"])
        #expect(pool.submit(Job(.reset)).writes.isEmpty, "a late request would strike it")
        #expect(pool.finish(on: "a", sqlState: "57014").errors.map(\.code) == [.cancelled])
        #expect(pool.finish(on: "a", sqlState: "57014").errors.isEmpty, "the neighbor was struck: it is sent again")
        #expect(pool.happen { $0.cancelDelivered(to: 1, at: $1) }.writes == ["a", "a"])
        #expect(pool.sent(on: "a").dropFirst(2).first == ObjectIdentifier(neighbor))
    }

    @Test("A neighbor hit by cancel requests is retried more than once") func aNeighborMayBeStruckMoreThanOnce() throws {
        var pool = try SimulatedPool(connections: ["a", "b"]) { $0.maximumConnections = 2 }
        let (first, second, neighbor) = (Job(.reset), Job(.reset), Job(.reset))
        for job in [first, second, neighbor] { pool.submit(job) }
        #expect(pool.sent(on: "a") == [first, neighbor].map(ObjectIdentifier.init))
        for (name, job) in [("a", first), ("b", second)] {
            job.setCancelled()
            pool.happen { $0.cancelled(job, at: $1) }
            #expect(pool.finish(on: name, sqlState: "57014").errors.map(\.code) == [.cancelled])
            #expect(pool.finish(on: name, sqlState: "57014").errors.isEmpty, "the neighbor is sent again")
        }
        #expect(pool.happen { $0.cancelDelivered(to: 1, at: $1) }.writes == ["a"])
        #expect(pool.finish(on: "a").finished.map { $0.0.job === neighbor } == [true])
    }

    @Test("A sent job behind others loses its caller and is interrupted when it runs")
    func whatStandsBehindOthersLosesItsCallerAndIsInterruptedInItsTurn() throws {
        var pool = try SimulatedPool(connections: ["a"]) { $0.maximumConnections = 1 }
        let job = Job(.reset)
        pool.submit(Job(.reset))
        pool.submit(job)
        job.setCancelled()
        let effects = pool.happen { $0.cancelled(job, at: $1) }
        #expect(effects.interruptions.isEmpty && effects.abandoned.map(\.1.code) == [.cancelled])
        #expect(pool.finish(on: "a").interruptions.map(\.0) == ["a"])
    }

    @Test("A server that ignores a cancel request loses the connection") func aServerThatDoesNotReactIsGivenUp() throws {
        var pool = try SimulatedPool(connections: ["a"])
        let job = Job(.reset)
        pool.submit(job)
        _ = pool.sent(on: "a")
        job.setCancelled()
        pool.happen { $0.cancelled(job, at: $1) }
        pool.happen { $0.cancelDelivered(to: 1, at: $1) }
        #expect(pool.pass(.seconds(4)).closings.isEmpty)
        let effects = pool.pass(.seconds(1))
        #expect(effects.closings == ["a"])
        #expect(effects.errors.map(\.code) == [.cancelled])
    }

    @Test("A cancel request is sent again until the statement stops") func whoeverDoesNotStopIsAskedAgain() throws {
        var pool = try SimulatedPool(connections: ["a"])
        let job = Job(.reset)
        pool.submit(job)
        job.setCancelled()
        #expect(pool.happen { $0.cancelled(job, at: $1) }.interruptions.map(\.0) == ["a"])
        #expect(pool.pass(.seconds(1)).interruptions.isEmpty, "the first request is still on its way")
        pool.happen { $0.cancelDelivered(to: 1, at: $1) }
        #expect(pool.pass(.seconds(1)).interruptions.map(\.0) == ["a"])
        #expect(pool.finish(on: "a", sqlState: "57014").errors.map(\.code) == [.cancelled])
        pool.happen { $0.cancelDelivered(to: 1, at: $1) }
        pool.submit(Job(.reset))
        let effects = pool.pass(.seconds(10))
        #expect(effects.interruptions.isEmpty && effects.closings.isEmpty)
    }

    @Test("Time limits hold") func timeLimitsAreKept() throws {
        var pool = try SimulatedPool(connections: ["a"])
        let job = Job(.statements([("select 1" as SQL).limited(to: .seconds(1))], hidden: 0))
        #expect(pool.submit(job).isTimerEarlier)
        #expect(pool.pass(.milliseconds(900)).interruptions.isEmpty)
        #expect(pool.pass(.milliseconds(100)).interruptions.map(\.0) == ["a"])
        #expect(pool.finish(on: "a", sqlState: "57014").errors.map(\.code) == [.timedOut])
    }

    @Test("A caller never waits longer than its limit") func nobodyWaitsLongerThanHeSaid() throws {
        var pool = try SimulatedPool(connections: ["a"]) {
            $0.maximumConnections = 1
            $0.acquireTimeout = .seconds(3)
        }
        pool.submit(Job(.reset, route: .opens(Lease())))
        pool.submit(Job(.reset))
        pool.submit(Job(.reset, route: .opens(Lease())))
        #expect(pool.pass(.milliseconds(2999)).finished.isEmpty)
        #expect(pool.pass(.milliseconds(1)).errors.map(\.code) == [.poolExhausted, .poolExhausted])
    }

    @Test("A job that must not be cancelled gets five more seconds") func whatMustNotBeCancelledHasAFewSecondsLeft() throws {
        var pool = try SimulatedPool(connections: ["a", "b"])
        let lease = Lease()
        pool.submit(Job(.statements([], hidden: 0), route: .opens(lease)))
        pool.finish(on: "a")
        let commit = Job(.statements(["COMMIT"], hidden: 0), route: .closes(lease))
        #expect(pool.happen { $0.limitedAfterCancel(commit, at: $1) }.isTimerEarlier, "the task was cancelled before")
        pool.submit(commit)
        _ = pool.sent(on: "a")
        let late = Job(.statements(["select 1"], hidden: 0))
        pool.submit(late)
        #expect(pool.pass(.seconds(4)).closings.isEmpty)
        let effects = pool.pass(.seconds(1))
        #expect(effects.interruptions.isEmpty && effects.closings == ["a"], "the server is not asked to stop")
        #expect(effects.errors.map(\.code) == [.connectionLost] && effects.errors.allSatisfy { !$0.isRetrySafe })
        #expect(pool.finish(on: "b").finished.map { $0.0.job === late } == [true])
    }

    @Test("A job that ends in that time keeps its connection") func whatIsThroughInTimeCostsNoConnection() throws {
        var pool = try SimulatedPool(connections: ["a"])
        let job = Job(.statements(["ROLLBACK"], hidden: 0))
        pool.submit(job)
        pool.happen { $0.limitedAfterCancel(job, at: $1) }
        pool.finish(on: "a")
        pool.submit(Job(.statements(["select 1"], hidden: 0)))
        #expect(pool.pass(.seconds(10)).closings.isEmpty)
    }
}
