import Logging
import PostgresClient
import Testing

@Suite struct ObserverTests {
    @Test("The observer gets statements without their values", .timeLimit(.minutes(10))) func statementsAreToldWithoutTheirValues()
        async throws
    {
        let events = Shared<[PostgresStatementEvent]>([])
        try await withPool(maximum: 1) {
            $0.observer = PostgresObserver()
            $0.observer?.statementFinished = { event in events.change { $0.append(event) } }
        } _: { pool async throws in
            _ = try await pool.query("select \("secret") from generate_series(1, 3)", prelude: "select 0")
            _ = try await pool.query("select pg_sleep(0.05)")
            _ = await postgresError { _ = try await pool.query("select 1 / 0") }
            _ = try await pool.withTransaction { try await $0.execute("select 1") }
            try await pool.executeScript("select 1; select 2")
            let late = await postgresError { _ = try await pool.query(("select pg_sleep(9)" as SQL).limited(to: .milliseconds(50))) }
            #expect(late?.code == .timedOut)
        }
        let seen = events.value
        #expect(
            seen.map(\.statements) == [
                ["select 0", "select $1 from generate_series(1, 3)"], ["select pg_sleep(0.05)"], ["select 1 / 0"], ["BEGIN", "select 1"],
                ["COMMIT"],
                ["select 1; select 2"], ["select pg_sleep(9)"],
            ])
        #expect(seen[0].rows == 3 && seen[0].error == nil)
        #expect(seen[0].waiting > .zero && seen[0].waiting < seen[0].total, "the connection had to be opened")
        #expect(seen[1].total >= .milliseconds(50) && seen[1].waiting < .milliseconds(50))
        #expect(seen[2].error?.sqlState == "22012")
        #expect(seen[6].error?.code == .timedOut)
        #expect(!"\(seen)".contains("secret"))
    }

    @Test("Connections are counted", .timeLimit(.minutes(10))) func connectionsAreCountedAndShown() async throws {
        let opened = Shared(0), closed = Shared(0), failed = Shared(0)
        var observer = PostgresObserver()
        observer.connectionOpened = { opened.change { $0 += 1 } }
        observer.connectionClosed = { closed.change { $0 += 1 } }
        observer.connectionFailed = { _ in failed.change { $0 += 1 } }
        let pool = try await withPool(maximum: 2) { [observer] in
            $0.observer = observer
        } _: { pool async throws in
            try await pool.withConnection { connection in
                try await connection.execute("select 1")
                let waiting = [Task { try await pool.query("select pg_sleep(0.2)") }, Task { try await pool.query("select 1") }]
                while pool.statistics.open < 2 { try await Task.sleep(for: .milliseconds(5)) }
                #expect(pool.statistics.leased == 1)
                for task in waiting { _ = try await task.value }
                while pool.statistics.idle < 1 { try await Task.sleep(for: .milliseconds(5)) }
            }
            return pool
        }
        #expect(opened.value == 2 && closed.value == 2)
        #expect(pool.statistics == PostgresPoolStatistics())
        try await withPool(url: TestDatabase.shared().url(password: "wrong")) { [observer] in
            $0.observer = observer
        } _: { pool async throws in
            _ = await postgresError { _ = try await pool.query("select 1") }
        }
        #expect(failed.value > 0)
    }

    @Test("Slow and failed statements are logged") func slowAndFailedStatementsAreLogged() async throws {
        let handler = CapturingHandler()
        let log = Logger(label: "sql", factory: { _ in handler })
        try await withPool(maximum: 1) {
            $0.observer = .log(to: log, slowerThan: .milliseconds(100))
        } _: { pool async throws in
            try await pool.execute("select 1")
            _ = try await (pool.query("select 1"), pool.query("select pg_sleep(0.15)"))
            _ = await postgresError { _ = try await pool.query("select 1 / 0") }
        }
        let lines = handler.lines.value
        #expect(lines.contains { $0.contains("pg_sleep") })
        #expect(lines.contains { $0.contains("22012") })
        #expect(lines.count <= 3, "the first may have waited long for its connection")
    }

    @Test("Two observers both get every event") func twoObserversHearOfEverything() async throws {
        let first = Shared<[String]>([]), second = Shared<[String]>([])
        func observer(_ heard: Shared<[String]>) -> PostgresObserver {
            var observer = PostgresObserver()
            observer.statementFinished = { event in heard.change { $0 += event.statements } }
            observer.connectionOpened = { heard.change { $0.append("opened") } }
            observer.connectionClosed = { heard.change { $0.append("closed") } }
            return observer
        }
        var failures = PostgresObserver()
        failures.connectionFailed = { _ in }
        _ = try await withPool(maximum: 1) {
            $0.observer = observer(first).and(observer(second)).and(failures)
        } _: { pool async throws in
            try await pool.execute("select 'both'")
        }
        #expect(first.value == second.value)
        #expect(first.value.contains("select 'both'") && first.value.contains("opened") && first.value.contains("closed"))
    }
}

/// Keeps what is logged.
private struct CapturingHandler: LogHandler {
    let lines = Shared<[String]>([])
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = "\(event.message) \(event.metadata ?? [:])"
        lines.change { $0.append(line) }
    }
}
