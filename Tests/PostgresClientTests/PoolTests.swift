import Foundation
import Logging
import PostgresClient
import Synchronization
import Testing

@Suite struct PoolTests {
    @Test("Waiters time out when all connections are leased") func waitersTimeOutWhenAllConnectionsAreTaken() async throws {
        try await withPool(maximum: 1) {
            $0.acquireTimeout = .seconds(2)
        } _: { pool async throws in
            try await pool.withConnection { connection in
                try await connection.execute("select 1")
                let error = await postgresError { _ = try await pool.query("select 1") }
                #expect(error?.code == .poolExhausted)
                #expect(error?.isRetrySafe == true)
                let second = await postgresError { try await pool.withTransaction { _ = try await $0.query("select 1") } }
                #expect(second?.code == .poolExhausted)
            }
            #expect(try await pool.value("select 1", as: Int.self) == 1)
        }
    }

    @Test("Transactions get a connection under a stream of queries") func transactionsGetTheirTurnUnderAStreamOfQueries() async throws {
        try await withPool(maximum: 2) { pool async throws in
            let isDone = Flag()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<64 {
                    group.addTask { while !isDone.isSet { _ = try await pool.query("select 1") } }
                }
                for _ in 0..<50 {
                    try await pool.withTransaction { transaction in
                        try await transaction.execute("select 1")
                        try await transaction.execute("select 2")
                    }
                }
                isDone.set()
                try await group.waitForAll()
            }
        }
    }

    @Test("A slow statement does not delay others") func aSlowStatementDoesNotHoldUpTheOthers() async throws {
        try await withPool(maximum: 2) { pool async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let isSlowOneDone = Flag()
                group.addTask {
                    _ = try await pool.query("select pg_sleep(40), 'the slow one'")
                    isSlowOneDone.set()
                }
                try await withPool(maximum: 1) { observer async throws in
                    let asleep: SQL = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and query like '%the slow one%'"
                    while try await observer.value(asleep, as: Int.self) == 0 { try await Task.sleep(for: .milliseconds(5)) }
                }
                // Silent for so long that nothing is queued behind it any more.
                try await Task.sleep(for: .milliseconds(50))
                for _ in 0..<100 { _ = try await pool.query("select 1") }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<200 { group.addTask { _ = try await pool.query("select 1") } }
                    try await group.waitForAll()
                }
                #expect(!isSlowOneDone.isSet)
                group.cancelAll()
                try? await group.waitForAll()
            }
        }
    }

    @Test("Cancelling a waiting query removes it") func cancellingAWaitingQueryRemovesIt() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await pool.withConnection { connection in
                try await connection.execute("select 1")
                let waiting = Task { try await pool.query("select 1") }
                try await Task.sleep(for: .milliseconds(50))
                waiting.cancel()
                let error = await postgresError { _ = try await waiting.value }
                #expect(error?.code == .cancelled)
                #expect(error?.isRetrySafe == true)
            }
        }
    }

    @Test("Cancelling a running query stops it on the server") func cancellingARunningQueryStopsItOnTheServer() async throws {
        try await withPool(maximum: 2) { pool async throws in
            let sleepers: SQL =
                "select count(*) from pg_stat_activity where query like '%to be cancelled%' and state = 'active' and pid <> pg_backend_pid()"
            let running = Task { try await pool.query("select pg_sleep(\(600.0)), 'to be cancelled'") }
            while try await pool.value(sleepers, as: Int.self) == 0 {}
            running.cancel()
            let error = await postgresError { _ = try await running.value }
            #expect(error?.code == .cancelled)
            #expect(error?.isRetrySafe == false)
            #expect(try await pool.value(sleepers, as: Int.self) == 0)
        }
    }

    @Test("Cancelling a query does not affect its neighbors") func cancellingStrikesNoNeighbour() async throws {
        try await withPool(maximum: 2) { pool async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<300 {
                    group.addTask {
                        if number % 5 == 0 {
                            let task = Task { try await pool.query("select pg_sleep(0.003)") }
                            try await Task.sleep(for: .milliseconds(number % 20))
                            task.cancel()
                            if let error = await postgresError({ _ = try await task.value }) { #expect(error.code == .cancelled) }
                        } else {
                            #expect(try await pool.value("select \(number)", as: Int.self) == number)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("Statement timeouts come from the server") func statementTimeoutsComeFromTheServer() async throws {
        try await withPool {
            $0.statementTimeout = .milliseconds(100)
        } _: { pool async throws in
            let error = await postgresError { _ = try await pool.query("select pg_sleep(5)") }
            #expect(error?.code == .timedOut)
            #expect(error?.sqlState == "57014")
        }
    }

    @Test("Connections take on the configured role") func takesOnItsRole() async throws {
        try await withPool { pool async throws in
            try await pool.executeScript("do $$ begin create role \"app role\" nologin; exception when duplicate_object then null; end $$")
        }
        try await withPool {
            $0.role = "app role"
        } _: { pool async throws in
            #expect(try await pool.value("select current_user", as: String.self) == "app role")
            try await pool.withConnection { connection in _ = try await connection.execute("set role postgres") }
            #expect(try await pool.value("select current_user", as: String.self) == "app role")
        }
        try await withPool {
            $0.role = "nobody_at_all"
        } _: { pool async throws in
            let error = await postgresError { _ = try await pool.query("select 1") }
            #expect(error?.code == .connectionFailed)
            #expect(error?.message.contains("nobody_at_all") == true)
        }
    }

    @Test("Closing lets queries finish") func closingLetsQueriesFinish() async throws {
        var configuration = try await PostgresPoolConfiguration(url: TestDatabase.url())
        configuration.maximumConnections = 2
        let pool = try PostgresPool(configuration, logger: .quiet)
        let running = Task { try await pool.run() }
        let queries = (0..<20).map { number in
            Task { try await pool.query("select pg_sleep(0.02), \(number)")[0].get(1, as: Int.self) }
        }
        let transaction = Task {
            try await pool.withTransaction { transaction in
                try await transaction.execute("select pg_sleep(0.1)")
                try await transaction.execute("select pg_sleep(0.1)")
            }
        }
        try await Task.sleep(for: .milliseconds(60))
        await pool.close()
        for (number, query) in queries.enumerated() { #expect(try await query.value == number) }
        try await transaction.value
        try await running.value
        let error = await postgresError { _ = try await pool.query("select 1") }
        #expect(error?.code == .poolClosed)
        #expect(error?.isRetrySafe == true)
        await pool.close()
        #expect(await postgresError { try await pool.run() }?.code == .poolClosed)
    }

    @Test("Closing cancels jobs after the close timeout") func closingCutsOffWhatTakesTooLong() async throws {
        var configuration = try await PostgresPoolConfiguration(url: TestDatabase.url())
        configuration.closeTimeout = .milliseconds(200)
        let pool = try PostgresPool(configuration, logger: .quiet)
        let running = Task { try await pool.run() }
        _ = try await pool.query("select 1")
        let slow = Task { try await pool.query("select pg_sleep(5)") }
        try await Task.sleep(for: .milliseconds(200))
        await pool.close()
        #expect(await postgresError { _ = try await slow.value }?.code == .connectionLost)
        try await running.value
    }

    @Test("Cancelling run() closes the pool") func cancellingRunCloses() async throws {
        let pool = try await PostgresPool(PostgresPoolConfiguration(url: TestDatabase.url()), logger: .quiet)
        let early = Task { try await pool.query("select 1").count }  // waits for run()
        try await Task.sleep(for: .milliseconds(20))
        let running = Task { try await pool.run() }
        #expect(try await early.value == 1)
        running.cancel()
        try await running.value
        #expect(await postgresError { _ = try await pool.query("select 1") }?.code == .poolClosed)
    }

    @Test("Closing before run() fails waiting jobs") func closingBeforeRunFailsWhatWaits() async throws {
        let pool = try await PostgresPool(PostgresPoolConfiguration(url: TestDatabase.url()), logger: .quiet)
        let early = Task { try await pool.query("select 1").count }
        try await Task.sleep(for: .milliseconds(20))
        await pool.close()
        #expect(await postgresError { _ = try await early.value }?.code == .poolClosed)
    }

    @Test("Server notices go to the logger") func noticesGoToTheLogger() async throws {
        let recorder = RecordingHandler()
        let logger = Logger(label: "recorded") { _ in recorder }
        try await withPool(maximum: 1, logger: logger) { pool async throws in
            try await pool.executeScript("do $$ begin raise warning 'look here'; end $$")
        }
        #expect(recorder.lines.withLock { $0.contains { $0.contains("look here") } })
    }
}

final class Flag: Sendable {
    private let flag = Atomic(false)
    var isSet: Bool { flag.load(ordering: .relaxed) }
    func set() { flag.store(true, ordering: .relaxed) }
}

/// Keeps what is logged, metadata included.
final class RecordingHandler: LogHandler {
    let lines = Mutex<[String]>([])

    func log(event: LogEvent) {
        lines.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
    }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
}
