import PostgresClient
import Testing
import TypedSQL

@testable import Migrations

@Suite("Migrate")
struct MigratorTests {
    private func migrator(_ folder: TemporaryFolder, _ change: (inout MigratorOptions) -> Void = { _ in }) throws -> Migrator {
        var options = MigratorOptions()
        change(&options)
        return Migrator(try folder.migrations.migrations(), options: options, logger: quiet)
    }

    /// What `migrate` says when it refuses.
    private func failure(_ folder: TemporaryFolder, _ url: String) async throws -> MigrationError {
        var failure: MigrationError?
        do {
            _ = try await migrator(folder).migrate(databaseURL: url)
        } catch let error as MigrationError {
            failure = error
        }
        return try #require(failure)
    }

    private func tables(_ url: String) async throws -> [String] {
        try await strings(
            "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1", on: url)
    }

    @Test("Two processes at once: one waits, both succeed, each migration is applied once")
    func twoAtOnce() async throws {
        let url = try await freshDatabase()
        let folder = try TemporaryFolder()
        try folder.write("create table a (id int); select pg_sleep(0.2);", to: "0001_a/up.sql")
        try folder.write("create index concurrently a_idx on a (id);", to: "0002_b/up.sql")
        try folder.write("create table c (id int);", to: "0003_c/up.sql")
        let migrator = try migrator(folder)
        async let first = migrator.migrate(databaseURL: url)
        async let second = migrator.migrate(databaseURL: url)
        let applied = try await [first, second]
        #expect(applied.map(\.count).sorted() == [0, 3])
        #expect(try await tables(url) == ["a", "c"])
    }

    @Test("A failure leaves nothing of its migration and names file, line and statement")
    func failure() async throws {
        let url = try await freshDatabase()
        let folder = try TemporaryFolder()
        try folder.write("create table a (id int);", to: "0001_a/up.sql")
        try folder.write("-- parents: 0001_a\n\ncreate table b (id int);\n\ninsert into b\nselect nothing from a;\n", to: "0002_b/up.sql")
        let error = try await failure(folder, url)
        #expect(error.code == .statement && error.sqlState == "42703")
        #expect(error.description.contains("0002_b/up.sql:6: ") && error.description.contains("insert into b select nothing from a"))
        #expect(error.description.contains("Nothing of 0002_b is applied."))
        #expect(try await tables(url) == ["a"])
        // Mended, it is applied: nobody has it yet.
        try folder.write("create table b (id int);", to: "0002_b/up.sql")
        #expect(try await migrator(folder).migrate(databaseURL: url) == ["0002_b"])
    }

    @Test("A changed text, a missing folder, a late one, two heads: one line each, and nothing done")
    func refusals() async throws {
        let url = try await freshDatabase()
        let folder = try TemporaryFolder()
        try folder.write("create table a (id int);", to: "0001_a/up.sql")
        try folder.write("create table b (id int);", to: "0003_b/up.sql")
        _ = try await migrator(folder).migrate(databaseURL: url)
        try folder.write("create table d (id int);", to: "0004_d/up.sql")

        try folder.write("create table a (id bigint);", to: "0001_a/up.sql")
        #expect(try await failure(folder, url).code == .changed)
        // Line breaks at the end say nothing.
        try folder.write("create table a (id int);\n\n", to: "0001_a/up.sql")

        try folder.remove("0003_b")
        #expect(try await failure(folder, url).code == .missing)
        try folder.write("create table b (id int);", to: "0003_b/up.sql")

        try folder.write("create table c (id int);", to: "0002_c/up.sql")
        let late = try await failure(folder, url)
        #expect(late.code == .order && late.description.contains("0002_c"))
        try folder.remove("0002_c")

        try folder.write("-- parents: 0003_b\ncreate table e (id int);", to: "0005_e/up.sql")
        let heads = try await failure(folder, url)
        #expect(heads.code == .heads && heads.description.contains("0004_d, 0005_e"))
        for error in [late, heads] { #expect(!error.description.contains("\n")) }
        try folder.remove("0005_e")

        try folder.write("-- parents: 0009_gone\ncreate table f (id int);", to: "0006_f/up.sql")
        #expect(throws: MigrationError.self) { try folder.migrations.migrations() }
        try folder.remove("0006_f")
        #expect(try await tables(url) == ["a", "b"])
        #expect(try await migrator(folder).migrate(databaseURL: url) == ["0004_d"])
    }

    @Test("A branch that was merged late is applied, whatever its number")
    func lateBranch() async throws {
        let url = try await freshDatabase()
        let folder = try TemporaryFolder()
        try folder.write("create table a (id int);", to: "0001_a/up.sql")
        try folder.write("-- parents: 0001_a\ncreate table c (id int);", to: "0003_c/up.sql")
        _ = try await migrator(folder).migrate(databaseURL: url)
        try folder.write("-- parents: 0001_a\ncreate table b (id int);", to: "0002_b/up.sql")
        try folder.write("-- parents: 0002_b 0003_c\n", to: "0004_merge/up.sql")
        #expect(try await migrator(folder).migrate(databaseURL: url) == ["0002_b", "0004_merge"])
    }

    @Test(
        "Each kind of loss is seen",
        arguments: [
            ("drop table a", "drop-table a"), ("alter table a drop column id", "drop-column a.id"),
            ("alter table a add column x int, drop column if exists \"id\"", "drop-column a.id"),
            ("alter table only public.a alter column id set data type smallint", "change-type a.id"), ("truncate table a", "truncate a"),
            ("delete from a", "delete a"), ("drop schema s cascade", "drop-schema s"), ("drop type t cascade", "drop-cascade t"),
        ])
    func losses(statement: String, loss: String) throws {
        let error = #expect(throws: MigrationError.self) {
            try DestructiveChanges.check(Migration(id: "0003_c", sql: "-- a comment\n/* drop table b; */ \(statement);"))
        }
        #expect(error?.code == .lossy && error?.description.hasSuffix("-- allow: \(loss)") == true)
        try DestructiveChanges.check(Migration(id: "0003_c", sql: "-- allow: \(loss)\n\(statement);"))
    }

    @Test("Nothing at all is done while a loss is not allowed")
    func lossy() async throws {
        let url = try await freshDatabase()
        let folder = try TemporaryFolder()
        try folder.write("create table a (id int, n int);", to: "0001_a/up.sql")
        try folder.write("alter table a drop column n;", to: "0002_b/up.sql")
        #expect(try await failure(folder, url).code == .lossy)
        #expect(try await tables(url).isEmpty)
        try folder.write("-- allow: drop-column a.n\nalter table a drop column n;", to: "0002_b/up.sql")
        #expect(try await migrator(folder).migrate(databaseURL: url) == ["0001_a", "0002_b"])
    }

    @Test("What waits for a lock too long is tried again")
    func lockTimeout() async throws {
        let url = try await freshDatabase()
        let folder = try TemporaryFolder()
        try folder.write("create table a (id int);", to: "0001_a/up.sql")
        _ = try await migrator(folder).migrate(databaseURL: url)
        try folder.write("alter table a add column n int;", to: "0002_b/up.sql")
        let (told, teller) = AsyncStream<String>.makeStream()
        try await onDatabase(url) { blocker in
            try await blocker.executeScript("begin; lock table a in access share mode")
            let impatient = try migrator(folder) {
                $0.lockTimeout = .milliseconds(50)
                $0.attempts = 2
                $0.progress = { teller.yield($0) }
            }
            let error = await #expect(throws: MigrationError.self) { try await impatient.migrate(databaseURL: url) }
            #expect(error?.sqlState == "55P03" && error?.description.contains("0002_b/up.sql:1") == true)
            teller.finish()
            let lines = await told.reduce(into: []) { $0.append($1) }
            #expect(lines == ["Applying 0002_b …", "Another session is in the way of 0002_b: trying again, 2 of 2 …"])
            let patient = try migrator(folder) {
                $0.lockTimeout = .milliseconds(50)
                $0.attempts = 1000
            }
            async let applied = patient.migrate(databaseURL: url)
            // It has met the lock once before the lock goes away.
            try await waitForLock(url)
            try await blocker.executeScript("commit")
            #expect(try await applied == ["0002_b"])
        }
    }

    private func waitForLock(_ url: String) async throws {
        try await onDatabase(url) { connection in
            while try await connection.query(
                "select 1 from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())"
            ).isEmpty {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    @Test("A new enum value is used at once; steps continue behind the last one")
    func steps() async throws {
        let url = try await freshDatabase()
        let folder = try TemporaryFolder()
        try folder.write(
            "create type mood as enum ('sad'); create table a (id int, mood mood); insert into a values (1), (1);", to: "0001_a/up.sql")
        _ = try await migrator(folder).migrate(databaseURL: url)
        let text = """
            alter type mood add value 'glad';
            update a set mood = 'glad' where true;
            create unique index concurrently a_idx on a (id);
            alter table a add column n int;
            """
        try folder.write(text, to: "0002_b/up.sql")
        let error = try await failure(folder, url)
        #expect(error.sqlState == "23505" && error.description.contains("0002_b/up.sql:3"))
        #expect(error.description.contains("Step 3 of 4"))
        // Nothing is left of the index; what came before is, and may not change any more.
        #expect(try await strings("select relname::text from pg_class where relname = 'a_idx'", on: url).isEmpty)
        #expect(try await strings("select distinct mood::text from a", on: url) == ["glad"])
        #expect(try await migrator(folder).state(of: url).partial == ["0002_b"])
        try folder.write(text.replacing("'glad' where", with: "'sad' where"), to: "0002_b/up.sql")
        #expect(try await failure(folder, url).code == .changed)
        try folder.write(text, to: "0002_b/up.sql")
        try await run("delete from a where ctid = (select min(ctid) from a)", on: url)
        #expect(try await migrator(folder).migrate(databaseURL: url) == ["0002_b"])
        #expect(try await strings("select indisvalid::text from pg_index where indexrelid = 'a_idx'::regclass", on: url) == ["true"])
        #expect(try await migrator(folder).state(of: url).partial.isEmpty)
    }

    @Test("An invalid index that a killed run left is built anew")
    func invalidIndex() async throws {
        let url = try await freshDatabase()
        let folder = try TemporaryFolder()
        try folder.write("create table a (id int); insert into a values (1), (1);", to: "0001_a/up.sql")
        _ = try await migrator(folder).migrate(databaseURL: url)
        try folder.write("create unique index concurrently if not exists a_idx on public.a (id);", to: "0002_b/up.sql")
        _ = try await failure(folder, url)
        // As after a kill: the step is begun, and its index invalid.
        try? await run("create unique index concurrently a_idx on a (id)", on: url)
        #expect(try await strings("select indisvalid::text from pg_index where indexrelid = 'a_idx'::regclass", on: url) == ["false"])
        try await run("delete from a where ctid = (select min(ctid) from a)", on: url)
        #expect(try await migrator(folder).migrate(databaseURL: url) == ["0002_b"])
        #expect(try await strings("select indisvalid::text from pg_index where indexrelid = 'a_idx'::regclass", on: url) == ["true"])
    }

    @Test("An older schema is refused with the command; a newer one serves where it is marked compatible")
    func versions() async throws {
        let url = try await freshDatabase()
        let folder = try TemporaryFolder()
        try folder.write("create table a (id int);", to: "0001_a/up.sql")
        let old = try migrator(folder)
        let refusal = await #expect(throws: MigrationError.self) { try await old.check(url) }
        #expect(refusal?.description == "The database lacks 1 migration. Run: app db migrate")
        _ = try await old.migrate(databaseURL: url)
        try await old.check(url)
        try folder.write("-- compatible: yes\ncreate table b (id int);", to: "0002_b/up.sql")
        _ = try await migrator(folder).migrate(databaseURL: url)
        try await old.check(url)
        try folder.write("create table c (id int);", to: "0003_c/up.sql")
        _ = try await migrator(folder).migrate(databaseURL: url)
        let newer = await #expect(throws: MigrationError.self) { try await old.check(url) }
        #expect(newer?.code == .version && newer?.description.contains("0003_c") == true)
    }

    @Test("What names no schema is made in public, whatever stands before it in the owner's path")
    func searchPath() async throws {
        let url = try await freshDatabase()
        try await run("create schema authorization current_user; create schema more; create table more.other (id int)", on: url)
        let database = try await strings("select current_database()::text", on: url)[0]
        try await run("alter database \(quoted(database)) set search_path = \"$user\", more, public", on: url)
        let folder = try TemporaryFolder()
        try folder.write("create table a (id int); insert into other values (1);", to: "0001_a/up.sql")
        _ = try await migrator(folder).migrate(databaseURL: url)
        #expect(try await strings("select schemaname::text from pg_tables where tablename = 'a'", on: url) == ["public"])
    }

    @Test("SQL for the end of a run is run at the end of every run")
    func afterwards() async throws {
        let url = try await freshDatabase()
        let folder = try TemporaryFolder()
        try folder.write("create table b (id int);", to: "0001_b/up.sql")
        let migrator = try migrator(folder) { $0.postMigrationSQL = "insert into b values (7)" }
        #expect(try await migrator.migrate(databaseURL: url) == ["0001_b"])
        #expect(try await migrator.migrate(databaseURL: url) == [])
        #expect(try await strings("select id::text from b", on: url) == ["7", "7"])
    }

    @Test("Many databases of a cluster make the same roles at once")
    func roleRace() async throws {
        let role = "migrations_race_\(UInt32.random(in: .min ... .max))"
        let schema = DatabaseSchema(tables: [], roles: [RoleSchema(role)], schemaGrants: [SchemaGrant(to: [role])])
        let folder = try TemporaryFolder()
        let generator = MigrationGenerator(folder.migrations)
        _ = try generator.write(try #require(try generator.migration(to: schema)))
        let migrator = try migrator(folder)
        let urls = try await [freshDatabase(), freshDatabase(), freshDatabase(), freshDatabase()]
        try await withThrowingTaskGroup(of: [String].self) { group in
            for url in urls { group.addTask { try await migrator.migrate(databaseURL: url) } }
            for try await applied in group { #expect(applied == ["0001_initial"]) }
        }
    }

    @Test("Transactions in a file are refused")
    func ownTransactions() async throws {
        let folder = try TemporaryFolder()
        try folder.write("begin; create table a (id int); commit;", to: "0001_a/up.sql")
        #expect(try await failure(folder, try await freshDatabase()).code == .unsupported)
    }
}

extension Migrator {
    fileprivate func state(of url: String) async throws -> MigrationState { try await onDatabase(url) { try await state(of: $0) } }
    fileprivate func check(_ url: String) async throws {
        try await onDatabase(url) { try await checkVersion(of: $0, command: "app db migrate") }
    }
}
