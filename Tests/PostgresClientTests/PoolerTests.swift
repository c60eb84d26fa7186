import PostgresClient
import Testing

/// Behind PgBouncer in transaction mode: eight connections of ours share three of the server's.
@Suite(.enabled(if: PgBouncer.isInstalled, PgBouncer.hint)) struct PoolerTests {
    @Test("Works without prepared statements", .timeLimit(.minutes(10))) func worksWithoutPreparedStatements() async throws {
        let bouncer = try PgBouncer(before: TestDatabase.shared())
        try await withPool(url: bouncer.url, maximum: 8) {
            $0.usesPreparedStatements = false
        } _: { pool async throws in
            try await pool.executeScript("drop table if exists pooled; create table pooled (n int primary key)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<300 {
                    group.addTask { () async throws in
                        switch number % 6 {
                        case 0:
                            try await pool.withTransaction { transaction in
                                try await transaction.execute("insert into pooled values (\(number))")
                                #expect(try await transaction.query("select n from pooled where n = \(number)").count == 1)
                            }
                        case 1: #expect(await postgresError { _ = try await pool.query("select \(number) / 0") }?.sqlState == "22012")
                        case 2:
                            let seen = try await pool.query(
                                "select current_setting('pooled.number')",
                                prelude: "select set_config('pooled.number', \(String(number)), true)")
                            #expect(try seen[0].get(0, as: String.self) == String(number))
                        case 3:
                            try await pool.withRows(of: "select generate_series(1, \(number))") { rows in
                                var count = 0
                                for try await _ in rows { count += 1 }
                                #expect(count == number)
                            }
                        default: #expect(try await pool.value("select \(number)", as: Int.self) == number)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await pool.value("select count(*) from pooled", as: Int.self) == 50)
            let late = await postgresError { _ = try await pool.query(("select pg_sleep(50)" as SQL).limited(to: .milliseconds(200))) }
            #expect(late?.code == .timedOut)
            #expect(try await pool.value("select count(*) from pg_prepared_statements", as: Int.self) == 0)
        }
    }

    @Test("A role that a pooler would lose is refused", .timeLimit(.minutes(10))) func aRoleThatWouldBeLostIsRefused() async throws {
        let bouncer = try PgBouncer(before: TestDatabase.shared())
        try await withPool(url: bouncer.url) {
            $0.usesPreparedStatements = false
            $0.role = "postgres"
            $0.acquireTimeout = .seconds(3)
        } _: { pool async throws in
            let error = await postgresError { _ = try await pool.query("select 1") }
            #expect(error?.code == .connectionFailed)
            #expect(error?.message.contains("unsupported startup parameter: options") == true)
        }
    }
}
