import Testing

@testable import PostgresClient

/// Prepared statements that the server no longer has, or has in a form that no longer fits.
@Suite struct HealingTests {
    /// How a user's statement frees what the pool has prepared.
    enum Way: String, CaseIterable {
        case deallocateAll, discardAll, onAConnection, inATransaction, inAScript, hiddenInAFunction

        func free(_ pool: PostgresPool) async throws {
            switch self {
            case .deallocateAll: try await pool.execute("deallocate all")
            case .discardAll: try await pool.execute("discard all")
            case .onAConnection: try await pool.withConnection { _ = try await $0.execute("discard all") }
            case .inATransaction: try await pool.withTransaction { _ = try await $0.execute("deallocate all") }
            case .inAScript: try await pool.executeScript("discard all")
            case .hiddenInAFunction: try await pool.execute("do $$ begin execute 'deallocate all'; end $$")
            }
        }
    }

    @Test("Deallocated statements are prepared again", .timeLimit(.minutes(10)), arguments: Way.allCases)
    func freedStatementsArePreparedAnew(way: Way) async throws {
        try await withPool(maximum: 1) { pool async throws in
            let (one, two): (SQL, SQL) = ("select \(1) as heal", "select \(2) as heal, 'x' as more")
            func warmUp() async throws {
                #expect(try await pool.value(one, as: Int.self) == 1)
                #expect(try await pool.value(two, as: Int.self) == 2)
            }
            try await warmUp()
            try await way.free(pool)
            try await warmUp()
            try await way.free(pool)
            let (first, second) = try await pool.withTransaction(attempts: way == .hiddenInAFunction ? 2 : 1) { transaction in
                try await (transaction.query(one)[0].get(0, as: Int.self), transaction.query(two)[0].get(0, as: Int.self))
            }
            #expect((first, second) == (1, 2))
            try await way.free(pool)
            try await pool.withConnection { connection async throws in
                #expect(try await connection.query(one).count == 1)
                #expect(try await connection.query(two).count == 1)
            }
        }
    }

    @Test("Deallocating statements while others are in flight loses nothing", .timeLimit(.minutes(10)))
    func statementsFreedWhileOthersAreInFlightLoseNothing() async throws {
        try await withPool(maximum: 2) { pool async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<400 {
                    group.addTask { () async throws in
                        if number % 20 == 0 {
                            try await pool.execute("deallocate all")
                        } else {
                            let shape = SQL(unsafeRaw: "+ \(number % 7)")
                            #expect(try await pool.value("select \(number) \(shape)", as: Int.self) == number + number % 7)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await pool.value("select count(*) from pg_prepared_statements", as: Int.self) < 12)
        }
    }

    @Test("A changed table is noticed on every connection", .timeLimit(.minutes(10))) func aChangedTableIsNoticedOnEveryConnection()
        async throws
    {
        try await withPool(maximum: 4) { pool async throws in
            try await pool.executeScript("drop table if exists heal_idle; create table heal_idle (a int); insert into heal_idle values (1)")
            let all: SQL = "select * from heal_idle"
            /// Every connection has a statement that takes a while, so that each gets one.
            func columns() async throws -> Set<[String]> {
                try await withThrowingTaskGroup(of: [String].self, returning: Set<[String]>.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            try await pool.withTransaction { transaction in
                                let columns = try await transaction.query(all).columns
                                try await transaction.execute("select pg_sleep(0.05)")
                                return columns
                            }
                        }
                    }
                    return try await group.reduce(into: []) { $0.insert($1) }
                }
            }
            #expect(try await columns() == [["a"]])
            try await pool.execute("alter table heal_idle add column b text default 'x'")
            #expect(try await columns() == [["a", "b"]])
            try await pool.execute("alter table heal_idle alter column a type text")
            for _ in 0..<20 { #expect(try await pool.query(all).types == [.text, .text]) }
            for _ in 0..<20 {
                try await pool.execute("alter table heal_idle rename column b to c")
                #expect(try await pool.query(all).columns == ["a", "c"])
                try await pool.execute("alter table heal_idle rename column c to b")
            }
            #expect(try await pool.value("select count(*) from pg_prepared_statements", as: Int.self) < 12)
        }
    }

    /// What a migration does that takes a label away.
    @Test("A type recreated under its old name is noticed", .timeLimit(.minutes(10))) func aTypeMadeAnewUnderItsOldNameIsNoticed()
        async throws
    {
        try await withPool(maximum: 1) { pool async throws in
            try await pool.executeScript(
                """
                drop table if exists heal_type; drop type if exists heal_flavor;
                create type heal_flavor as enum ('sweet', 'sour', 'bland'); create table heal_type (flavor heal_flavor)
                """)
            let insert: SQL = "insert into heal_type values (\(PostgresUntyped("sour"))::heal_flavor)"
            try await pool.execute(insert)
            try await withPool(maximum: 1) { other async throws in
                try await other.executeScript(
                    """
                    alter type heal_flavor rename to heal_flavor_before; create type heal_flavor as enum ('sweet', 'sour');
                    alter table heal_type alter column flavor type heal_flavor using flavor::text::heal_flavor;
                    drop type heal_flavor_before
                    """)
            }
            for _ in 0..<3 { #expect(try await pool.execute(insert) == 1) }
            try await pool.withTransaction { _ = try await $0.execute(insert) }
            #expect(try await pool.value("select count(*) from pg_prepared_statements", as: Int.self) < 6)
        }
    }

    /// The type that was inferred for the value lives on, without the label.
    @Test("A column's new type is noticed after one failure", .timeLimit(.minutes(10))) func aColumnsNewTypeIsNoticedAfterOneFailure()
        async throws
    {
        try await withPool(maximum: 1) { pool async throws in
            try await pool.executeScript(
                """
                drop table if exists heal_column; drop type if exists heal_old, heal_new;
                create type heal_old as enum ('sweet'); create type heal_new as enum ('sweet', 'sour'); create table heal_column (c heal_old)
                """)
            func insert(_ label: String) -> SQL { "insert into heal_column values (\(PostgresUntyped(label)))" }
            func select(_ label: String) -> SQL { "select count(*) from heal_column where c = \(PostgresUntyped(label))" }
            try await pool.execute(insert("sweet"))
            #expect(try await pool.value(select("sweet"), as: Int.self) == 1)
            try await withPool(maximum: 1) { other async throws in
                try await other.executeScript("alter table heal_column alter column c type heal_new using c::text::heal_new")
            }
            for statement in [insert("sour"), select("sour")] {
                let error = await postgresError { _ = try await pool.query(statement) }
                #expect(error.map { $0.mayComeOfStalePreparation } ?? true)
                for _ in 0..<2 { _ = try await pool.query(statement) }
            }
            #expect(await postgresError { _ = try await pool.query(insert("bitter")) }?.sqlState == "22P02", "wrong by itself")
            #expect(try await pool.value(select("sour"), as: Int.self) == 2)
            #expect(try await pool.value("select count(*) from pg_prepared_statements", as: Int.self) < 6)
        }
    }

    @Test("A stale statement inside a transaction fails it; the next transaction works", .timeLimit(.minutes(10)))
    func inTheMidstOfATransactionTheNextOneHeals() async throws {
        try await withPool(maximum: 2) { pool async throws in
            try await pool.executeScript(
                "drop table if exists heal_midst; create table heal_midst (a int); insert into heal_midst values (1)")
            let all: SQL = "select * from heal_midst"
            /// The table changes between the two statements, by another connection.
            func run(changing change: SQL, attempts: Int) async throws -> [String] {
                let isChanged = Flag()
                return try await pool.withTransaction(attempts: attempts) { transaction in
                    try await transaction.execute("select 'first'")
                    if !isChanged.isSet { try await pool.execute(change) }
                    isChanged.set()
                    return try await transaction.query(all).columns
                }
            }
            try await pool.withTransaction { first in
                try await pool.withTransaction { second in _ = try await (first.query(all), second.query(all)) }
            }
            let error = await postgresError { _ = try await run(changing: "alter table heal_midst add column b int", attempts: 1) }
            #expect(error?.sqlState == "0A000")
            #expect(try await pool.withTransaction { try await $0.query(all).columns } == ["a", "b"])
            _ = try await (pool.query(all), pool.query(all))
            #expect(try await run(changing: "alter table heal_midst add column c int", attempts: 2) == ["a", "b", "c"])
        }
    }

    @Test("A real server error is not retried", .timeLimit(.minutes(10))) func whatTheServerReallyRefusesIsNotTriedAgain() async throws {
        try await withPool(maximum: 1) { pool async throws in
            try await pool.executeScript(
                """
                drop sequence if exists heal_tries; create sequence heal_tries;
                create or replace function heal_refuse() returns int language plpgsql as $$
                    begin perform nextval('heal_tries'); raise exception 'not implemented' using errcode = '0A000'; end $$
                """)
            #expect(await postgresError { _ = try await pool.query("select heal_refuse()") }?.sqlState == "0A000")
            #expect(try await pool.value("select last_value from heal_tries", as: Int.self) == 1)
        }
    }
}
