import JSON
import PostgresClient
import Primitives
import Testing

@Suite struct QueryTests {
    @Test("Answers one query") func answersOneQuery() async throws {
        try await withPool { pool async throws in
            let rows = try await pool.query("select \(1) + 1 as sum, \("héllo") as text, null::text as nothing")
            #expect(rows.count == 1)
            #expect(rows.columns == ["sum", "text", "nothing"])
            let (sum, text, nothing) = try rows[0].decode(Int.self, String.self, String?.self)
            #expect(sum == 2)
            #expect(text == "héllo")
            #expect(nothing == nil)
            #expect(try rows[0].get("text", as: String.self) == "héllo")
        }
    }

    @Test("Counts affected rows") func countsAffectedRows() async throws {
        try await withPool { pool async throws in
            try await pool.executeScript("drop table if exists affected; create table affected (n int)")
            #expect(try await pool.execute("insert into affected select generate_series(1, 7)") == 7)
            #expect(try await pool.execute("update affected set n = n + 1 where n > \(4)") == 3)
            #expect(try await pool.execute("delete from affected") == 7)
            #expect(try await pool.execute("create table if not exists affected (n int)") == 0)
        }
    }

    @Test("Errors name constraint, table and column") func reportsConstraintsByField() async throws {
        try await withPool { pool async throws in
            try await pool.executeScript(
                """
                drop table if exists constrained;
                create table constrained (id int primary key, slug text not null constraint slug_unique unique,
                    n int constraint n_positive check (n > 0), parent int constraint parent_exists references constrained);
                insert into constrained values (1, 'secret-slug', 1);
                """
            )
            let unique = await postgresError { try await pool.execute("insert into constrained values (2, \("secret-slug"), 1)") }
            #expect(unique?.code == .server)
            #expect(unique?.sqlState == "23505")
            #expect(unique?.isUniqueViolation == true)
            #expect(unique?.constraint == "slug_unique")
            #expect(unique?.table == "constrained")
            #expect(unique?.schema == "public")
            #expect(unique?.detail?.contains("secret-slug") == true)
            #expect(unique?.isRetrySafe == false)
            #expect(unique?.description.contains("secret-slug") == false)
            let missing = await postgresError { try await pool.execute("insert into constrained values (2, \(nil as String?), 1)") }
            #expect(missing?.isNotNullViolation == true)
            #expect(missing?.column == "slug")
            let check = await postgresError { try await pool.execute("insert into constrained values (2, \("b"), \(-1))") }
            #expect(check?.constraint == "n_positive" && check?.isCheckViolation == true && check?.isUniqueViolation == false)
            let orphan = await postgresError { try await pool.execute("insert into constrained values (2, \("b"), 1, 7)") }
            #expect(orphan?.constraint == "parent_exists" && orphan?.isForeignKeyViolation == true && orphan?.isCheckViolation == false)
            let syntax = await postgresError { _ = try await pool.query("select 1 frm x y") }
            #expect(syntax?.sqlState == "42601")
            #expect(syntax?.position != nil)
            let value = await postgresError { _ = try await pool.query("select \("private words")::int") }
            #expect(value?.message.contains("private words") == true)
            #expect(value.map { "\($0)" }?.contains("private") == false)
        }
    }

    @Test("Answers a thousand queries at once") func answersAThousandQueriesAtOnce() async throws {
        try await withPool(maximum: 4) { pool async throws in
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<1000 {
                    group.addTask {
                        let (a, b) = try await pool.query("select \(number)::int8, \("n\(number)")")[0].decode(Int.self, String.self)
                        #expect(b == "n\(a)")
                        return a == number ? a : -1_000_000
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 499_500)
            #expect(try await pool.value("select count(*) from pg_stat_activity where application_name = 'mainstay'", as: Int.self) >= 1)
        }
    }

    @Test("An error does not affect neighboring queries") func anErrorLeavesNeighboursAlone() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        if number % 3 == 0 {
                            let error = await postgresError { _ = try await pool.query("select 1 / \(0)") }
                            return error?.sqlState == "22012"
                        }
                        return try await pool.value("select \(number)", as: Int.self) == number
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test("A prelude holds for its query only") func aPreludeHoldsForItsQueryOnly() async throws {
        try await withPool(maximum: 1) { pool async throws in
            let seen = try await pool.query(
                "select current_setting('app.organization_id', true)",
                prelude: "select set_config('app.organization_id', \("org_1"), true)"
            )
            #expect(try seen[0].get(0, as: String?.self) == "org_1")
            #expect(try await pool.value("select current_setting('app.organization_id', true)", as: String?.self) ?? "" == "")
            let error = await postgresError { _ = try await pool.query("select 1", prelude: "select 1 / 0") }
            #expect(error?.sqlState == "22012")
        }
    }

    @Test("A batch is one transaction") func aBatchIsOneTransaction() async throws {
        try await withPool { pool async throws in
            try await pool.executeScript("drop table if exists batched; create table batched (n int primary key)")
            let rows = try await pool.batch(["insert into batched values (1)", "select \(5)", "select count(*) from batched"])
            #expect(rows.count == 3)
            #expect(try rows[1][0].get(0, as: Int.self) == 5)
            #expect(try rows[2][0].get(0, as: Int.self) == 1)
            let error = await postgresError {
                try await pool.batch(["insert into batched values (2)", "insert into batched values (1)", "insert into batched values (3)"])
            }
            #expect(error?.isUniqueViolation == true)
            #expect(try await pool.value("select count(*) from batched", as: Int.self) == 1)
            #expect(try await pool.batch([]).isEmpty)
        }
    }

    @Test("Runs scripts") func runsScripts() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await pool.executeScript(
                """
                -- a comment; with a semicolon
                drop table if exists scripted; create table scripted (t text);
                insert into scripted values ('a;b'), ($$c;d$$);
                set search_path to pg_catalog;
                """
            )
            #expect(try await pool.value("select count(*) from public.scripted", as: Int.self) == 2)
            #expect(try await pool.value("show search_path", as: String.self) != "pg_catalog", "session state must not leak")
            let error = await postgresError { try await pool.executeScript("insert into scripted values ('x'); select 1/0; select 2") }
            #expect(error?.sqlState == "22012")
            #expect(try await pool.value("select count(*) from scripted", as: Int.self) == 2)
            let copy = await postgresError { try await pool.executeScript("copy scripted from stdin") }
            #expect(copy?.code == .connectionLost)
            #expect(try await pool.value("select 1", as: Int.self) == 1)
        }
    }

    @Test("Works without prepared statements") func worksWithoutPreparedStatements() async throws {
        try await withPool(maximum: 1) {
            $0.usesPreparedStatements = false
        } _: { pool async throws in
            for number in 0..<20 { #expect(try await pool.value("select \(number)", as: Int.self) == number) }
            #expect(try await pool.value("select count(*) from pg_prepared_statements", as: Int.self) == 0)
        }
    }

    @Test("The statement cache stays within its size") func keepsTheStatementCacheWithinItsSize() async throws {
        try await withPool(maximum: 1) {
            $0.statementCacheSize = 8
        } _: { pool async throws in
            for number in 0..<60 { #expect(try await pool.value(SQL(unsafeRaw: "select \(number % 20)"), as: Int.self) == number % 20) }
            #expect(try await pool.value("select count(*) from pg_prepared_statements", as: Int.self) <= 9)
        }
    }

    @Test("Large values pass both ways") func largeValuesFlowBothWays() async throws {
        try await withPool(maximum: 1) { pool async throws in
            let text = String(repeating: "0123456789abcdef", count: 1 << 18)  // 4 MiB
            async let one = pool.value("select \(text)", as: String.self)
            async let two = pool.value("select length(\(text))", as: Int.self)
            #expect(try await one == text)
            #expect(try await two == text.utf8.count)
        }
    }

    @Test("Decoding errors name the column") func decodingErrorsNameTheColumn() async throws {
        try await withPool { pool async throws in
            let row = try await pool.query("select 'x'::text as label, null::int8 as missing, 70000 as big")[0]
            let mismatch = await postgresError { _ = try row.get("label", as: Int.self) }
            #expect(mismatch?.code == .decoding)
            #expect(mismatch?.message.contains("label") == true)
            #expect(await postgresError { _ = try row.get(1, as: Int.self) }?.message.contains("NULL") == true)
            #expect(await postgresError { _ = try row.get(2, as: Int16.self) }?.code == .decoding)
            #expect(await postgresError { _ = try row.get(3, as: Int.self) }?.code == .decoding)
            #expect(await postgresError { _ = try row.get("Label", as: String.self) }?.code == .decoding)
        }
    }

    @Test("Values that the protocol cannot carry are refused") func refusesWhatTheProtocolCannotCarry() async throws {
        try await withPool { pool async throws in
            #expect(await postgresError { _ = try await pool.query("select 1\u{0}") }?.isRetrySafe == true)
            #expect(await postgresError { _ = try await pool.query("select \("a\u{0}b")") }?.sqlState == "22021")
            #expect(await postgresError { _ = try await pool.query("select \(PostgresUntyped("a\u{0}b"))::text") }?.sqlState == "22021")
            var many: SQL = "select \(0)"
            for number in 0..<65535 { many += ", \(number)" }
            let statement = many
            #expect(await postgresError { _ = try await pool.query(statement) }?.message.contains("65,535") == true)
            #expect(await postgresError { _ = try await pool.query("copy (select 1) to stdout") } != nil)
            #expect(try await pool.value("select 1", as: Int.self) == 1)
        }
    }
}
