import PostgresClient
import Synchronization
import Testing

/// Faults while much is going on.
@Suite struct FaultTests {
    /// What became of one insert.
    private enum Fate {
        case done
        case certainlyNotDone
        case unknown
    }

    @Test("A restart under load loses and duplicates nothing", .timeLimit(.minutes(10)), arguments: ["immediate", "fast"])
    func aRestartUnderLoadLosesAndInventsNothing(mode: String)
        async throws
    {
        let server = try TestServer()
        try await withPool(url: server.url(), maximum: 8) {
            $0.acquireTimeout = .seconds(60)
        } _: { pool async throws in
            try await pool.executeScript("create table faults (id int primary key)")
            let (fates, errors, isDone) = (Shared<[Int32: Fate]>([:]), Shared<[String: Int]>([:]), Flag())
            let answers = Shared(0)
            let back = try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<24 {
                    group.addTask {
                        var id = Int32(worker)
                        while !isDone.isSet {
                            let key = id
                            let fate = try await insert(key, with: pool, errors)
                            fates.change { $0[key] = fate }
                            do {
                                #expect(try await pool.value("select \(key) * 2", as: Int32.self) == key * 2)
                                answers.change { $0 += 1 }
                            } catch let error as PostgresError {
                                note(error, in: errors)
                            }
                            id += 24
                        }
                    }
                }
                while answers.value < 500 { try await Task.sleep(for: .milliseconds(5)) }
                var pauses: [Duration] = []
                for _ in 0..<2 {
                    try await server.controlBeside("restart -w -m \(mode) -l \(server.folder)/log")
                    let (clock, before) = (ContinuousClock.now, answers.value)
                    while answers.value == before { try await Task.sleep(for: .milliseconds(1)) }
                    pauses.append(ContinuousClock.now - clock)
                    while answers.value < before + 200 { try await Task.sleep(for: .milliseconds(5)) }
                }
                isDone.set()
                try await group.waitForAll()
                return pauses
            }
            let kept = Set(try await pool.query("select id from faults").map { try $0.get(0, as: Int32.self) })
            for (id, fate) in fates.value {
                switch fate {
                case .done: #expect(kept.contains(id), "an acknowledged row is there")
                case .certainlyNotDone: #expect(!kept.contains(id), "what is safe to retry was not done")
                case .unknown: break
                }
            }
            #expect(kept.isSubset(of: fates.value.keys))
            print("restart \(mode): answers again \(back) after the server's return; \(fates.value.count) inserts, errors \(errors.value)")
        }
    }

    /// The outages last until the pauses between attempts have grown to their limit. Several pools, since one may be lucky; the best of three
    /// outages, since the machine may be busy: what pauses for too long is late in every one.
    @Test("Every pool works within a second of the server's return", .timeLimit(.minutes(10)))
    func everyPoolIsServedWithinASecondOfTheServersReturn() async throws {
        let server = try TestServer()
        let (answers, isDone) = (Shared<[Int: ContinuousClock.Instant]>([:]), Flag())
        let slowest = try await withThrowingTaskGroup(of: Void.self, returning: [Duration].self) { group in
            for number in 0..<FaultTests.pools {
                group.addTask { try await ask(server, as: number, noting: answers, until: isDone) }
            }
            var slowest: [Duration] = []
            for _ in 0..<3 {
                try await everyPool(in: answers)
                try await server.controlBeside("stop -w -m immediate")
                try await Task.sleep(for: .seconds(3))
                answers.change { $0 = [:] }
                try await server.startBeside()
                let back = ContinuousClock.now
                try await everyPool(in: answers)
                slowest.append(back.duration(to: answers.value.values.max() ?? back))
            }
            isDone.set()
            try await group.waitForAll()
            return slowest
        }
        print("outage of 3 s: every pool is served again within \(slowest) of the server's return")
        #expect(slowest.contains { $0 < .seconds(1) })
    }

    private static let pools = 8

    private func everyPool(in answers: Shared<[Int: ContinuousClock.Instant]>) async throws {
        while answers.value.count < FaultTests.pools { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// Asks over and over with a pool of its own, and notes when the first right answer came since the notes were cleared.
    private func ask(
        _ server: TestServer, as number: Int, noting answers: Shared<[Int: ContinuousClock.Instant]>, until isDone: Flag
    ) async throws {
        try await withPool(url: server.url(), maximum: 2) {
            $0.acquireTimeout = .seconds(60)
        } _: { pool async throws in
            // There nothing that other tests do comes between the answer and the look at the clock.
            try await withTaskExecutorPreference(pool.executor) {
                while !isDone.isSet {
                    do {
                        let answer = try await pool.value("select \(number) * 2", as: Int.self)
                        let now = ContinuousClock.now
                        #expect(answer == number * 2)
                        answers.change { if $0[number] == nil { $0[number] = now } }
                    } catch let error as PostgresError {
                        #expect(error.isOutage, "\(error)")
                    }
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
        }
    }

    private func insert(_ id: Int32, with pool: PostgresPool, _ errors: Shared<[String: Int]>) async throws -> Fate {
        do {
            try await pool.execute("insert into faults values (\(id))")
            return .done
        } catch {
            note(error, in: errors)
            return error.isRetrySafe || error.code == .server ? .certainlyNotDone : .unknown
        }
    }

    /// Every error is one of an outage.
    private func note(_ error: PostgresError, in errors: Shared<[String: Int]>) {
        #expect(error.isOutage, "\(error)")
        errors.change { $0["\(error.code.rawValue) \(error.sqlState ?? "")", default: 0] += 1 }
    }

    @Test("A backend killed during a query fails that query and is replaced", .timeLimit(.minutes(10)))
    func aBackendKilledInTheMidstOfItsQueryIsSaidAndReplaced() async throws {
        try await withPool(maximum: 2) { pool async throws in
            let process = try await pool.value("select pg_backend_pid()", as: Int32.self)
            try await pool.withConnection { connection in
                let process = try await connection.query("select pg_backend_pid()")[0].get(0, as: Int32.self)
                let asleep: SQL = "select count(*) from pg_stat_activity where pid = \(process) and wait_event = 'PgSleep'"
                let running = Task { await postgresError { _ = try await connection.query("select pg_sleep(100)") } }
                while try await pool.value(asleep, as: Int.self) == 0 { try await Task.sleep(for: .milliseconds(5)) }
                #expect(try await pool.value("select pg_terminate_backend(\(process))", as: Bool.self))
                let error = try #require(await running.value)
                #expect(error.code == .connectionLost && !error.isRetrySafe)
                #expect(error.message.contains("terminating connection due to administrator command"))
                #expect(await postgresError { _ = try await connection.query("select 1") }?.code == .connectionLost, "it is gone for good")
            }
            #expect(try await pool.value("select count(*) from pg_stat_activity where pid = \(process)", as: Int.self) <= 1)
            for number in 0..<20 { #expect(try await pool.value("select \(number)", as: Int.self) == number) }
        }
    }

    @Test("A cancelled query ends on the server", .timeLimit(.minutes(10))) func aCancelledQueryEndsOnTheServer() async throws {
        try await withPool(maximum: 4) { pool async throws in
            let mark = "ends on the server \(UInt32.random(in: .min ... .max))"
            let active: SQL =
                "select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and query like \("%" + mark + "%")"
            let statement = SQL(unsafeRaw: "select pg_sleep(100), '\(mark)'")
            let running = (0..<3).map { _ in Task { await postgresError { _ = try await pool.query(statement) } } }
            while try await pool.value(active, as: Int.self) < 3 { try await Task.sleep(for: .milliseconds(5)) }
            for task in running { task.cancel() }
            for task in running { #expect(await task.value?.code == .cancelled) }
            #expect(try await pool.value(active, as: Int.self) == 0)
        }
    }

    @Test("Waiting for a full pool ends at the acquire timeout", .timeLimit(.minutes(10))) func whoeverWaitsForAFullPoolHearsInHisTime()
        async throws
    {
        try await withPool(maximum: 2) {
            $0.acquireTimeout = .seconds(50)
        } _: { pool async throws in
            let isEnough = Flag()
            try await withThrowingTaskGroup(of: Void.self) { group in
                let held = Shared(0)
                for _ in 0..<2 {
                    group.addTask {
                        try await pool.withConnection { connection in
                            try await connection.execute("select 1")
                            held.change { $0 += 1 }
                            while !isEnough.isSet { try await Task.sleep(for: .milliseconds(5)) }
                        }
                    }
                }
                while held.value < 2 { try await Task.sleep(for: .milliseconds(5)) }
                let limited = await withTaskGroup(of: PostgresError?.self, returning: [PostgresError?].self) { group in
                    for number in 1...50 {
                        group.addTask {
                            let statement: SQL = "select \(number)"
                            return await postgresError { _ = try await pool.query(statement.limited(to: .milliseconds(20 * number))) }
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(limited.count == 50)
                #expect(limited.allSatisfy { $0?.code == .timedOut && $0?.isRetrySafe == true })
                #expect(pool.statistics.waiting == 0 && pool.statistics.leased == 2)
                isEnough.set()
                try await group.waitForAll()
            }
            #expect(try await pool.value("select 1", as: Int.self) == 1)
        }
    }

    @Test("Ten thousand tasks share eight connections", .timeLimit(.minutes(10))) func tenThousandTasksShareEightConnections() async throws
    {
        try await withPool(maximum: 8) {
            $0.acquireTimeout = .seconds(100)
        } _: { pool async throws in
            try await pool.executeScript("drop table if exists many; create table many (n int primary key, writer int)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<10_000 {
                    group.addTask { () async throws in
                        switch number % 10 {
                        case 0:
                            try await pool.withTransaction { transaction in
                                try await transaction.execute("insert into many values (\(number), \(number))")
                                #expect(
                                    try await transaction.query("select writer from many where n = \(number)")[0].decode(Int.self) == number
                                )
                            }
                        case 1:
                            #expect(
                                await postgresError { _ = try await pool.query("select 1 / (\(number) - \(number))") }?.sqlState == "22012")
                        default:
                            let rows = try await pool.query("select \(number), \("task \(number)") from generate_series(1, \(number % 5))")
                            #expect(rows.count == number % 5)
                            for row in rows { #expect(try row.decode(Int.self, String.self) == (number, "task \(number)")) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await pool.query("select count(*), sum(n) from many")[0].decode(Int.self, Int.self) == (1000, 4_995_000))
            #expect(pool.statistics.open <= 8)
        }
    }
}
