import PostgresClient
import Testing

@Suite struct TransactionTests {
    struct Refusal: Error {}

    private func table(_ name: String, _ pool: PostgresPool) async throws {
        try await pool.executeScript("drop table if exists \(name); create table \(name) (n int primary key)")
    }

    @Test("Commits the body's changes") func commitsWhatTheBodyDid() async throws {
        try await withPool { pool async throws in
            try await table("committed", pool)
            let sum = try await pool.withTransaction { transaction in
                try await transaction.execute("insert into committed values (\(1)), (\(2))")
                try await transaction.batch(["insert into committed values (3)", "insert into committed values (4)"])
                let seenOutside = try await pool.value("select count(*) from committed", as: Int.self)
                #expect(seenOutside == 0)
                return try await transaction.query("select sum(n) from committed")[0].get(0, as: Int.self)
            }
            #expect(sum == 10)
            #expect(try await pool.value("select count(*) from committed", as: Int.self) == 4)
        }
    }

    @Test("Rolls back when the body throws") func rollsBackWhenTheBodyThrows() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await table("rolled_back", pool)
            await #expect(throws: Refusal.self) {
                try await pool.withTransaction { transaction in
                    try await transaction.execute("insert into rolled_back values (1)")
                    throw Refusal()
                }
            }
            let failure = await postgresError {
                try await pool.withTransaction { transaction in
                    try await transaction.execute("insert into rolled_back values (1)")
                    try await transaction.execute("insert into rolled_back values (1)")
                }
            }
            #expect(failure?.isUniqueViolation == true)
            #expect(try await pool.value("select count(*) from rolled_back", as: Int.self) == 0)
        }
    }

    @Test("A failure that the body swallows is not reported as a commit") func aSwallowedFailureIsNotTakenForACommit() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await table("swallowed", pool)
            let failure = await postgresError {
                try await pool.withTransaction { transaction in
                    try await transaction.execute("insert into swallowed values (1)")
                    _ = try? await transaction.execute("select 1 / 0")
                }
            }
            #expect(failure?.sqlState == "25P02")
            #expect(try await pool.value("select count(*) from swallowed", as: Int.self) == 0)
        }
    }

    /// A deferred trigger makes COMMIT wait for a lock that is never given up.
    @Test("A hanging COMMIT does not hold a cancelled task", .timeLimit(.minutes(10))) func aCommitThatHangsDoesNotHoldACancelledTask()
        async throws
    {
        try await withPool(maximum: 3) { pool async throws in
            try await pool.executeScript(
                """
                drop table if exists hanging; create table hanging (n int);
                create or replace function hanging() returns trigger language plpgsql as $$
                    begin perform pg_advisory_xact_lock(7001); return null; end $$;
                create constraint trigger hangs after insert on hanging deferrable initially deferred for each row execute function hanging();
                """)
            try await pool.withTransaction { other in
                try await other.execute("select pg_advisory_xact_lock(7001)")
                let task = Task {
                    await postgresError {
                        try await pool.withTransaction { _ = try await $0.execute("insert into hanging values (1)") }
                    }
                }
                let commits: SQL = "select count(*) from pg_stat_activity where wait_event = 'advisory' and query = 'COMMIT'"
                while try await pool.value(commits, as: Int.self) == 0 {}
                task.cancel()
                let error = await task.value
                #expect(error?.code == .connectionLost && error?.isRetrySafe == false, "the outcome is unknown")
            }
        }
    }

    @Test("BEGIN and the prelude go out with the first statement") func beginAndPreludeRideInFront() async throws {
        try await withPool(maximum: 1) { pool async throws in
            let (setting, isolation, isReadOnly) = try await pool.withTransaction(
                isolation: .serializable, readOnly: true, prelude: "select set_config('app.tenant', \("t1"), true)"
            ) { transaction in
                try await transaction.query(
                    "select current_setting('app.tenant'), current_setting('transaction_isolation'), current_setting('transaction_read_only')"
                )[0].decode(String.self, String.self, String.self)
            }
            #expect((setting, isolation, isReadOnly) == ("t1", "serializable", "on"))
            #expect(try await pool.value("select current_setting('app.tenant', true)", as: String?.self) ?? "" == "")
            #expect(try await pool.withTransaction { _ in 7 } == 7, "nothing sent, nothing taken")
        }
    }

    @Test("First statements of a transaction may run concurrently") func firstStatementsMayRunBesideEachOther() async throws {
        try await withPool(maximum: 2) { pool async throws in
            try await table("beside", pool)
            try await pool.withTransaction { transaction in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<20 { group.addTask { try await transaction.execute("insert into beside values (\(number))") } }
                    try await group.waitForAll()
                }
            }
            #expect(try await pool.value("select count(*) from beside", as: Int.self) == 20)
        }
    }

    @Test("A savepoint rolls back only its own changes") func savepointsUndoOnlyThemselves() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await table("saved", pool)
            try await pool.withTransaction { transaction in
                try await transaction.execute("insert into saved values (1)")
                let inner = await postgresError {
                    try await transaction.withSavepoint { transaction in
                        try await transaction.execute("insert into saved values (2)")
                        try await transaction.execute("insert into saved values (1)")
                    }
                }
                #expect(inner?.isUniqueViolation == true)
                try await transaction.withSavepoint { _ = try await $0.execute("insert into saved values (3)") }
            }
            #expect(try await pool.query("select n from saved order by n").decode(Int.self) == [1, 3])
        }
    }

    @Test("A savepoint rolls back in a cancelled task, too") func aSavepointIsUndoneAlsoWhereTheTaskWasCancelled() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await table("saved_though_cancelled", pool)
            let task = Task {
                try await pool.withTransaction { transaction in
                    try await transaction.execute("insert into saved_though_cancelled values (1)")
                    await #expect(throws: CancellationError.self) {
                        try await transaction.withSavepoint { transaction in
                            try await transaction.execute("insert into saved_though_cancelled values (2)")
                            withUnsafeCurrentTask { $0?.cancel() }
                            try Task.checkCancellation()
                        }
                    }
                }
            }
            try await task.value
            #expect(try await pool.query("select n from saved_though_cancelled").decode(Int.self) == [1])
        }
    }

    @Test("Scripts run inside a transaction") func scriptsRunInside() async throws {
        try await withPool(maximum: 1) { pool async throws in
            await #expect(throws: Refusal.self) {
                try await pool.withTransaction { transaction in
                    try await transaction.executeScript(
                        "create table inside (n int); insert into inside values (1); insert into inside values (2)")
                    #expect(try await transaction.query("select n from inside").count == 2)
                    throw Refusal()
                }
            }
            #expect(try await pool.value("select to_regclass('inside') is null", as: Bool.self))
        }
    }

    @Test("A refused COMMIT throws") func aCommitMayBeRefused() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await pool.executeScript(
                "drop table if exists deferred; create table deferred (n int primary key deferrable initially deferred)"
            )
            let process = try await pool.value("select pg_backend_pid()", as: Int.self)
            let error = await postgresError {
                _ = try await pool.withTransaction { transaction in
                    try await transaction.execute("insert into deferred values (1), (1)")
                }
            }
            #expect(error?.isUniqueViolation == true)
            #expect(try await pool.value("select count(*) from deferred", as: Int.self) == 0)
            #expect(try await pool.value("select pg_backend_pid()", as: Int.self) == process, "the connection is kept")
        }
    }

    @Test("A transaction cannot be used after its end") func isOfNoUseAfterwards() async throws {
        try await withPool(maximum: 1) { pool async throws in
            let kept = try await pool.withTransaction { transaction in
                try await transaction.execute("select 1")
                return transaction
            }
            #expect(await postgresError { try await kept.execute("select 1") }?.code == .sessionEnded)
        }
    }

    @Test("Cancelling rolls back") func cancellingRollsBack() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await table("cut_short", pool)
            let (started, start) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                try await pool.withTransaction { transaction in
                    try await transaction.execute("insert into cut_short values (1)")
                    start.finish()
                    try await transaction.execute("select pg_sleep(30)")
                }
            }
            for await _ in started {}
            task.cancel()
            let error = await postgresError { try await task.value }
            #expect(error?.code == .cancelled)
            #expect(try await pool.value("select count(*) from cut_short", as: Int.self) == 0)
        }
    }

    @Test("Serialization conflicts are recognized") func conflictsAreRecognized() async throws {
        try await withPool(maximum: 2) { pool async throws in
            try await table("conflicted", pool)
            try await pool.execute("insert into conflicted values (1)")
            let error = await postgresError {
                try await pool.withTransaction(isolation: .repeatableRead) { transaction in
                    _ = try await transaction.query("select * from conflicted")
                    try await pool.execute("update conflicted set n = 2")
                    try await transaction.execute("update conflicted set n = 3")
                }
            }
            #expect(error?.isTransactionConflict == true)
        }
    }
}

@Suite struct ConnectionTests {
    @Test("Session state ends with the loan of a connection") func sessionStateEndsWithTheLoan() async throws {
        try await withPool(maximum: 1) { pool async throws in
            let (one, two) = try await pool.withConnection { connection in
                try await connection.execute("select pg_advisory_lock(4711)")
                try await connection.execute("set application_name = 'changed'")
                try await connection.execute("create temporary table passing (n int)")
                try await connection.execute("begin")
                try await connection.execute("insert into passing values (1)")
                let process = try await connection.query("select pg_backend_pid()")[0].get(0, as: Int.self)
                return (process, try await connection.query("select pg_backend_pid()")[0].get(0, as: Int.self))
            }
            #expect(one == two)
            #expect(try await pool.value("select pg_backend_pid()", as: Int.self) == one, "the connection is kept")
            #expect(try await pool.value("select count(*) from pg_locks where locktype = 'advisory' and objid = 4711", as: Int.self) == 0)
            #expect(try await pool.value("show application_name", as: String.self) == "mainstay")
            #expect(try await pool.value("select to_regclass('pg_temp.passing') is null", as: Bool.self))
        }
    }

    @Test("A shared connection is never left in a transaction") func aSharedConnectionIsNeverLeftInATransaction() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await pool.execute("begin")
            try await pool.execute("create table if not exists not_lost (n int)")
            try await withPool(maximum: 1) { other async throws in
                #expect(try await other.value("select to_regclass('not_lost') is not null", as: Bool.self))
            }
        }
    }
}
