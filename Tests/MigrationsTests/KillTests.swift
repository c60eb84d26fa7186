import TestServices
import Testing
import TypedSQL

@testable import Migrations

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `MAINSTAY_SEED` repeats a run's moments.
@Suite("Kill")
struct KillTests {
    private static let kills = 50

    @Test("kill -9 at fifty random moments, then migrate again: it always ends well")
    func killed() async throws {
        var random = SeededRandom("moments of kill -9", count: Self.kills)
        let folder = try TemporaryFolder()
        try writeMigrations(folder)
        let list = try folder.migrations.migrations()
        var options = MigratorOptions(ledger: LedgerTable(schema: "library_meta"))
        options.attempts = 100
        let migrator = Migrator(list, options: options, logger: quiet)

        // How long a whole run takes here, so that moments are spread over all of it.
        let clock = ContinuousClock()
        let url = try await freshDatabase()
        let start = clock.now
        let run = try await ExampleProgram(databaseURL: url, folder: folder.path).run("migrate")
        let whole = start.duration(to: clock.now)
        #expect(run.code == 0, "\(run.output)")
        var kills = 0
        var partial = 0
        while kills < Self.kills {
            let url = try await freshDatabase()
            let program = ExampleProgram(databaseURL: url, folder: folder.path)
            var isOver = false
            for _ in 0..<5 {
                if isOver || kills == Self.kills { continue }
                let moment = whole * (Double(random.next() % 1000) / 1000)
                isOver = try await !program.kill("migrate", after: moment)
                if isOver { continue }
                kills += 1
                let state = try await onDatabase(url) { try await migrator.state(of: $0) }
                if !state.partial.isEmpty || (!state.applied.isEmpty && !state.pending.isEmpty) { partial += 1 }
            }
            _ = try await migrator.migrate(databaseURL: url)
            #expect(try await strings("select id from library_meta.migration order by 1", on: url) == list.migrations.map(\.id))
            #expect(try await strings("select id from library_meta.migration_step", on: url).isEmpty)
            // Each statement took effect once, and no index is invalid.
            #expect(try await strings("select n || ':' || count(*) from mark group by n order by n", on: url) == (1...6).map { "\($0):1" })
            #expect(
                try await strings(
                    "select indexrelid::regclass::text || indisvalid from pg_index where indrelid = 'item'::regclass order by 1", on: url)
                    == ["item_labeltrue", "item_ntrue"])
        }
        print("Kill: \(partial) of \(kills) were in the midst of the work")
        #expect(partial > 0)
    }

    private func writeMigrations(_ folder: TemporaryFolder) throws {
        try folder.write(
            "do $$ begin create role library_reader nologin; exception when duplicate_object or unique_violation then null; end $$; create table mark (n int); create table item (n int, label text); insert into mark values (1); select pg_sleep(0.02);",
            to: "0001_tables/up.sql")
        try folder.write(
            "insert into item select n, 'l' || n from generate_series(1, 2000) n; insert into mark values (2); select pg_sleep(0.02);",
            to: "0002_rows/up.sql")
        try folder.write(
            """
            insert into mark values (3);
            create unique index concurrently item_n on item (n);
            insert into mark values (4);
            select pg_sleep(0.02);
            create index concurrently item_label on item (label);
            """, to: "0003_indexes/up.sql")
        try folder.write(
            """
            create type mood as enum ('sad');
            -- step
            alter type mood add value 'glad';
            alter table item add column mood mood default 'glad';
            insert into mark values (5);
            -- outside
            vacuum item;
            """, to: "0004_types/up.sql")
        try folder.write("insert into mark values (6); select pg_sleep(0.02);", to: "0005_end/up.sql")
    }
}
