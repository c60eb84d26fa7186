import Testing

@testable import Migrations

@Suite("Lint")
struct LintTests {
    @Test(
        "Each hazard is found, on the line of its statement",
        arguments: [
            ("create index i on t (a);", LintFinding.Rule.indexBlocksWrites),
            ("create unique index i on only hotel.t (a);", .indexBlocksWrites),
            ("drop index i;", .indexBlocksWrites), ("alter table t add constraint c foreign key (a) references u (id);", .constraintScans),
            ("alter table t add constraint c check (a > 0);", .constraintScans),
            ("alter table t add constraint c unique (a);", .constraintBuildsIndex),
            ("alter table t add primary key (a);", .constraintBuildsIndex), ("alter table t alter column a set not null;", .notNullScans),
            ("alter table t alter a type bigint;", .rewritesTable),
            ("alter table t add column a uuid default gen_random_uuid();", .rewritesTable),
            ("alter table t add column a int generated always as (b * 2) stored;", .rewritesTable),
            ("alter table t add column a int not null;", .notNullWithoutDefault),
            ("alter table t rename column a to b;", .breaksRunningPrograms),
            ("alter table t drop column a;", .breaksRunningPrograms), ("drop table t;", .breaksRunningPrograms),
            ("update t set a = 1;", .updatesEveryRow), ("drop table t;", .losesData),
        ])
    func hazards(statement: String, rule: LintFinding.Rule) {
        let findings = MigrationLint(Migration(id: "0002_x", sql: "-- parents: 0001_a\n\n\(statement)")).findings
        #expect(findings.contains { $0.rule == rule && $0.line == 3 }, "\(findings)")
    }

    @Test(
        "What is safe is left alone",
        arguments: [
            "create index concurrently i on t (a);",
            "create table t (a int); create index i on t (a); alter table t add constraint c unique (a);",
            "alter table t add constraint c check (a > 0) not valid;", "alter table t validate constraint c;",
            "alter table t add constraint c unique using index i;", "alter table t add column a int;",
            "alter table t add column a int not null default 5;", "update t set a = 1 where id = 4;",
            "alter table t alter column a drop not null;",
            "alter table t validate constraint c; alter table t alter column a set not null;",
            "-- allow: drop-column t.a\n-- lint: allow breaks-running-programs t\nalter table t drop column a;",
            "create function f() returns void language sql as $$ drop table t; create index i on t (a) $$;",
        ])
    func safe(sql: String) { #expect(MigrationLint(Migration(id: "0002_x", sql: sql)).findings.isEmpty) }

    @Test("Locks on many tables in one transaction")
    func manyTables() {
        let sql = ["a", "b", "c", "d"].map { "alter table \($0) add column n int;" }
        #expect(MigrationLint(Migration(id: "x", sql: sql.joined(separator: "\n"))).findings.map(\.rule) == [.locksManyTables])
        #expect(MigrationLint(Migration(id: "x", sql: sql.joined(separator: "\n-- step\n"))).findings.isEmpty)
    }
}
