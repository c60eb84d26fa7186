import Foundation
import Testing

@testable import PostgresClient

/// Deadlines of statements, and the age of connections.
@Suite(.serialized) struct TimeTests {
    @Test("A running statement is stopped on the server at its time limit", .timeLimit(.minutes(10)))
    func aRunningStatementIsStoppedOnTheServerWhenItsTimeIsUp() async throws {
        try await withPool(maximum: 1) { pool async throws in
            let process = try await pool.value("select pg_backend_pid()", as: Int32.self)
            let clock = ContinuousClock()
            let time = await clock.measure {
                let error = await postgresError { _ = try await pool.query(("select pg_sleep(50)" as SQL).limited(to: .milliseconds(150))) }
                #expect(error?.code == .timedOut)
                #expect(error?.sqlState == "57014")
                #expect(error?.isRetrySafe == false)
            }
            #expect(time >= .milliseconds(150) && time < .seconds(10))
            #expect(try await pool.value("select pg_backend_pid()", as: Int32.self) == process, "the connection lives on")
            #expect(try await pool.value(("select 1" as SQL).limited(to: .seconds(20)), as: Int.self) == 1)
        }
    }

    @Test("A waiting statement is removed at its time limit", .timeLimit(.minutes(10))) func aWaitingStatementIsWithdrawnWhenItsTimeIsUp()
        async throws
    {
        try await withPool(maximum: 1) { pool async throws in
            try await pool.withConnection { connection in
                try await connection.execute("select 1")
                let error = await postgresError { _ = try await pool.query(("select 1" as SQL).limited(to: .milliseconds(50))) }
                #expect(error?.code == .timedOut)
                #expect(error?.isRetrySafe == true)
            }
        }
    }

    @Test("In a transaction the shortest limit of one flight counts", .timeLimit(.minutes(10)))
    func inATransactionTheShortestLimitOfAFlightCounts() async throws {
        try await withPool(maximum: 1) { pool async throws in
            let error = await postgresError {
                try await pool.withTransaction { transaction in
                    _ = try await transaction.batch([
                        ("select 1" as SQL).limited(to: .seconds(40)), "select pg_sleep(50)",
                        ("select 2" as SQL).limited(to: .milliseconds(100)),
                    ])
                }
            }
            #expect(error?.code == .timedOut)
            #expect(try await pool.value("select 1", as: Int.self) == 1)
        }
    }

    @Test("Limits beyond the clock's range are unlimited", .timeLimit(.minutes(10))) func timesBeyondTheClockAreForEver() async throws {
        let forEver = Duration.seconds(Int64.max)
        try await withPool(maximum: 1) { configuration in
            configuration.acquireTimeout = forEver
            configuration.connectTimeout = forEver
            configuration.idleTimeout = forEver
            configuration.maximumConnectionAge = forEver
            configuration.closeTimeout = forEver
        } _: { pool async throws in
            #expect(try await pool.value(("select 1" as SQL).limited(to: forEver), as: Int.self) == 1)
            _ = try await pool.listen(to: "for_ever")
            #expect(try await pool.value("select 2", as: Int.self) == 2)
        }
    }

    @Test("Limits of finished statements are discarded") func limitsOfFinishedStatementsAreForgotten() {
        var limits = TimeLimits()
        let alive = (0..<10).map { _ in Job(.reset) }
        for job in alive { limits.add(job, deadline: 500) }
        for number in 0..<100_000 { limits.add(Job(.reset), deadline: Int64(1000 + number)) }
        #expect(limits.count <= 257)
        #expect(limits.takeExpired(at: 499).isEmpty)
        #expect(withExtendedLifetime(alive) { limits.takeExpired(at: 500).count } == 10)
        #expect(limits.next > 500)
        #expect(limits.takeExpired(at: .max - 1).isEmpty && limits.count == 0 && limits.next == .max)
    }

    @Test("Idle connections close down to the minimum", .timeLimit(.minutes(10))) func idleConnectionsAreClosedDownToTheMinimum()
        async throws
    {
        try await withPool(maximum: 4) {
            $0.minimumConnections = 1
            $0.idleTimeout = .milliseconds(300)
            $0.applicationName = "idle-test"
        } _: { pool async throws in
            let count: SQL = "select count(*) from pg_stat_activity where application_name = 'idle-test'"
            let processes = Shared<Set<Int32>>([])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let rows = try await pool.withConnection { try await $0.query("select pg_backend_pid(), pg_sleep(0.5)") }
                        let process = try rows[0].get(0, as: Int32.self)
                        processes.change { $0.insert(process) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(processes.value.count > 1)
            try await withPool(maximum: 1) { observer async throws in
                while try await observer.value(count, as: Int.self) > 1 { try await Task.sleep(for: .milliseconds(20)) }
                try await Task.sleep(for: .milliseconds(500))
                #expect(try await observer.value(count, as: Int.self) == 1, "the minimum stays")
            }
        }
    }

    @Test("Replacing old connections fails no query", .timeLimit(.minutes(10))) func oldConnectionsAreReplacedWithoutAnyoneNoticing()
        async throws
    {
        try await withPool(maximum: 2) {
            $0.maximumConnectionAge = .milliseconds(200)
        } _: { pool async throws in
            let seen = Shared<Set<Int32>>([])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        while seen.value.count < 6 {
                            let process = try await pool.value("select pg_backend_pid()", as: Int32.self)
                            seen.change { $0.insert(process) }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}

@Suite struct RetryTests {
    @Test("Serialization conflicts are retried on request", .timeLimit(.minutes(10))) func conflictsAreRetriedOnRequest() async throws {
        try await withPool(maximum: 4) { pool async throws in
            try await pool.executeScript("drop table if exists retried; create table retried (n int); insert into retried values (0)")
            let runs = Shared(0)
            let readers = Shared(0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await pool.withTransaction(isolation: .serializable, attempts: 100) { transaction in
                            runs.change { $0 += 1 }
                            let value = try await transaction.query("select n from retried")[0].decode(Int.self)
                            readers.change { $0 += 1 }
                            // So that at least two have read the same.
                            while readers.value < 2 { try await Task.sleep(for: .milliseconds(5)) }
                            try await transaction.execute("update retried set n = \(value + 1)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await pool.value("select n from retried", as: Int.self) == 8)
            #expect(runs.value > 8)
        }
    }

    @Test("A deadlock is retried on request", .timeLimit(.minutes(10))) func aDeadlockIsRetriedOnRequest() async throws {
        try await withPool(maximum: 4) { pool async throws in
            try await pool.executeScript(
                "drop table if exists crossed; create table crossed (id int primary key, n int); insert into crossed values (1, 0), (2, 0)")
            let (holders, runs, errors) = (Shared(0), Shared(0), Shared<[String]>([]))
            /// Changes both rows, and the second one only when two transactions have changed their first.
            @Sendable func change(_ first: Int32, then second: Int32) async throws {
                try await pool.withTransaction(attempts: 10) { transaction in
                    runs.change { $0 += 1 }
                    try await transaction.execute("set local deadlock_timeout = '20ms'")
                    try await transaction.execute("update crossed set n = n + 1 where id = \(first)")
                    holders.change { $0 += 1 }
                    while holders.value < 2 { try await Task.sleep(for: .milliseconds(2)) }
                    do throws(PostgresError) {
                        try await transaction.execute("update crossed set n = n + 1 where id = \(second)")
                    } catch {
                        errors.change { $0.append(error.sqlState ?? "") }
                        throw error
                    }
                }
            }
            async let other: Void = change(2, then: 1)
            try await change(1, then: 2)
            try await other
            #expect(try await pool.value("select array_agg(n) from crossed", as: [Int32].self) == [2, 2])
            #expect(errors.value.count >= 1 && Set(errors.value) == ["40P01"], "the server's own")
            #expect(runs.value == 2 + errors.value.count)
        }
    }

    @Test("Other errors and the last conflict are thrown") func otherErrorsAndTheLastConflictAreThrown() async throws {
        try await withPool(maximum: 1) { pool async throws in
            for (state, expected) in [("40001", 3), ("40P01", 3), ("23505", 1)] {
                let runs = Shared(0)
                let error = await postgresError {
                    try await pool.withTransaction(attempts: 3) { transaction in
                        runs.change { $0 += 1 }
                        try await transaction.executeScript("do $$ begin raise exception 'no' using errcode = '\(state)'; end $$")
                    }
                }
                #expect(error?.sqlState == state)
                #expect(runs.value == expected)
            }
        }
    }
}
