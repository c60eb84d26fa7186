import JSON
import PostgresClient
import Primitives
import TypedSQL

/// Queries, and the text they render to.
enum Snapshots {
    static let id = RunID(UUIDv7(high: 1, low: 2))
    static let project = ProjectID(UUIDv7(high: 1, low: 3))
    static let nobody: String? = nil

    static let usage = #""usage"."organization_id", "usage"."metric", "usage"."used", "usage"."quota""#

    static var all: [SnapshotTests.Case] { reads + joins + nested + writes }

    private static var reads: [SnapshotTests.Case] {
        [
            .init(
                "by key", Usage.from().where { $0.organizationID == "a" },
                "select \(usage) from \"usage\" where \"usage\".\"organization_id\" = $1"),
            .init(
                "one column, ordered, limited",
                Run.from().orderBy {
                    $0.dueAt.desc.nullsLast(); $0.id
                }.limit(5).offset(2).select { $0.id },
                #"select "runs"."id" from "runs" order by "runs"."due_at" desc nulls last, "runs"."id" limit $1 offset $2"#),
            .init(
                "precedence",
                Run.from().where { run in (run.attempt == 1 || run.attempt == 2) && !(run.attempt > 3 || run.cost.isNull()) }.select {
                    $0.id
                },
                #"select "runs"."id" from "runs" where ("runs"."attempt" = $1 or "runs"."attempt" = $2) and not ("runs"."attempt" > $3 or "runs"."cost" is null)"#
            ),
            .init(
                "arithmetic", Run.from().select { ($0.attempt + 1) * 2 - ($0.attempt - 3) },
                #"select ("runs"."attempt" + $1) * $2 - ("runs"."attempt" - $3) from "runs""#),
            .init(
                "a filter that is not there",
                Run.from().where { run in if let nobody { run.labels.contains(element: nobody) } }.select { $0.id },
                #"select "runs"."id" from "runs""#),
            .init(
                "lists and ranges",
                Run.from().where { run in
                    run.status.isIn([.queued, .failed])
                    run.id.isNotIn([id])
                    run.attempt.between(1, and: 3)
                }.select { $0.id },
                #"select "runs"."id" from "runs" where "runs"."status" = any($1::"run_status"[]) and "runs"."id" <> all($2) and "runs"."attempt" between $3 and $4"#
            ),
            .init(
                "text",
                Project.from().where { $0.name.contains("50%_") && $0.name.lowercased().starts(with: "a", ignoringCase: true) }.select {
                    $0.name.appending("!")
                },
                #"select "projects"."name" || $1 from "projects" where "projects"."name" like $2 and lower("projects"."name") ilike $3"#),
            .init(
                "NULL as a value",
                Run.from().where { $0.parentID.isNotDistinct(from: nil) && $0.cost.isDistinct(from: $0.cost) }.select { $0.id },
                #"select "runs"."id" from "runs" where "runs"."parent_id" is not distinct from $1 and "runs"."cost" is distinct from "runs"."cost""#
            ),
            .init(
                "groups",
                Run.from().groupBy { $0.projectID }.having { _ in countRows() > 1 }
                    .select { ($0.projectID, countRows(where: $0.status == .failed), $0.cost.sum(), $0.attempt.average()) },
                #"select "runs"."project_id", count(*) filter (where "runs"."status" = $1::"run_status"), sum("runs"."cost"), avg("runs"."attempt") from "runs" group by "runs"."project_id" having count(*) > $2"#
            ),
            .init("distinct", Run.from().distinct().select { $0.status }, #"select distinct "runs"."status" from "runs""#),
            .init(
                "distinct on",
                Run.from().distinct { $0.projectID }.orderBy {
                    $0.projectID; $0.createdAt.desc
                }.select { ($0.projectID, $0.id) },
                #"select distinct on ("runs"."project_id") "runs"."project_id", "runs"."id" from "runs" order by "runs"."project_id", "runs"."created_at" desc"#
            ),
            .init(
                "locks", Run.from().where { $0.status == .queued }.orderBy { $0.id }.limit(1).lock(.update, .skipLocked).select { $0.id },
                #"select "runs"."id" from "runs" where "runs"."status" = $1::"run_status" order by "runs"."id" limit $2 for update skip locked"#
            ),
            .init(
                "keyset, one direction",
                Run.from().after((Timestamp(microseconds: 1), id)) { ($0.createdAt.descending, $0.id.descending) }.limit(3).select {
                    $0.id
                },
                #"select "runs"."id" from "runs" where ("runs"."created_at", "runs"."id") < ($1, $2) order by "runs"."created_at" desc, "runs"."id" desc limit $3"#
            ),
            .init(
                "keyset, two directions",
                Run.from().after((Timestamp(microseconds: 1), id)) { ($0.createdAt.descending, $0.id.ascending) }.select { $0.id },
                #"select "runs"."id" from "runs" where "runs"."created_at" <= $1 and ("runs"."created_at" < $2 or "runs"."created_at" = $3 and "runs"."id" > $4) order by "runs"."created_at" desc, "runs"."id""#
            ),
            .init(
                "case",
                Run.from().select { run in caseWhen(run.attempt > 1, then: "again").when(run.cost.isNull(), then: "free").otherwise("new")
                },
                #"select case when "runs"."attempt" > $1 then $2 when "runs"."cost" is null then $3 else $4 end from "runs""#),
            .init(
                "windows",
                Run.from().select { run in
                    (
                        rowNumber(.over(partitionBy: run.projectID, orderBy: run.createdAt.desc)),
                        run.attempt.sum().over(.over(orderBy: run.id.asc).rowsUpToCurrent()),
                        run.attempt.lag(over: .over(orderBy: run.id.asc))
                    )
                },
                #"select row_number() over (partition by "runs"."project_id" order by "runs"."created_at" desc), sum("runs"."attempt") over (order by "runs"."id" rows between unbounded preceding and current row), lag("runs"."attempt", 1) over (order by "runs"."id") from "runs""#
            ),
            .init(
                "raw",
                Run.from().where { run in
                    Fragment("\(run.attempt) is distinct from \(7) or \(run.dueAt) is null").as(Bool.self) && run.attempt < 9
                }.select { $0.id },
                #"select "runs"."id" from "runs" where ("runs"."attempt" is distinct from $1 or "runs"."due_at" is null) and "runs"."attempt" < $2"#
            ),
        ]
    }

    private static var joins: [SnapshotTests.Case] {
        [
            .init(
                "a table twice",
                Run.from().join(Run.self) { run, parent in run.parentID == parent.id }.select { run, parent in (run.id, parent.status) },
                #"select "runs"."id", "runs_2"."status" from "runs" join "runs" as "runs_2" on "runs"."parent_id" = "runs_2"."id""#),
            .init(
                "every kind",
                Project.from()
                    .leftJoin(Run.self) { project, run in run.projectID == project.id }
                    .rightJoin(Organization.self) { project, _, organization in project.organizationID == organization.id }
                    .fullJoin(Usage.self) { _, _, organization, usage in usage.organizationID == organization.id && usage.metric == "x" }
                    .crossJoin(Run.self)
                    .select { project, run, organization, usage, other in (project.id, run.id, organization.id, usage.used, other.id) },
                #"select "projects"."id", "runs"."id", "organizations"."id", "usage"."used", "runs_2"."id" from "projects" left join "runs" on "runs"."project_id" = "projects"."id" right join "organizations" on "projects"."organization_id" = "organizations"."id" full join "usage" on "usage"."organization_id" = "organizations"."id" and "usage"."metric" = $1 cross join "runs" as "runs_2""#
            ),
            .init(
                "lateral",
                {
                    let latest = Project.from().leftJoinLateral { project in
                        Run.from().where { $0.projectID == project.id }.orderBy { $0.createdAt.desc }.limit(2).select { ($0.id, $0.status) }
                    }
                    return latest.select { project, run in (project.name, run.fields.1) }
                }(),
                #"select "projects"."name", "lateral"."c2" from "projects" left join lateral (select "runs"."id", "runs"."status" from "runs" where "runs"."project_id" = "projects"."id" order by "runs"."created_at" desc limit $1) as "lateral"("c1", "c2") on true"#
            ),
            .init(
                "lock of one table",
                Run.from().leftJoin(Run.self) { $0.parentID == $1.id }.lock(.noKeyUpdate, of: { run, _ in run }, .noWait).select { run, _ in
                    run.id
                },
                #"select "runs"."id" from "runs" left join "runs" as "runs_2" on "runs"."parent_id" = "runs_2"."id" for no key update of "runs" nowait"#
            ),
        ]
    }

    private static var nested: [SnapshotTests.Case] {
        [
            .init(
                "exists and in",
                Project.from().where { project in
                    exists(Run.from().where { $0.projectID == project.id && $0.status == .failed })
                    project.organizationID.isIn(Usage.from().where { $0.used > 1 }.select { $0.organizationID })
                }.select { $0.id },
                #"select "projects"."id" from "projects" where exists (select "runs"."id", "runs"."project_id", "runs"."parent_id", "runs"."status", "runs"."priority", "runs"."attempt", "runs"."cost", "runs"."output", "runs"."labels", "runs"."due_at", "runs"."created_at" from "runs" where "runs"."project_id" = "projects"."id" and "runs"."status" = $1::"run_status") and "projects"."organization_id" in (select "usage"."organization_id" from "usage" where "usage"."used" > $2)"#
            ),
            .init(
                "correlated with itself",
                Run.from().where { run in notExists(Run.from().where { child in child.parentID == run.id }.select { $0.id }) }.select {
                    $0.id
                },
                #"select "runs"."id" from "runs" where not exists (select "runs_2"."id" from "runs" as "runs_2" where "runs_2"."parent_id" = "runs"."id")"#
            ),
            .init(
                "scalar",
                Project.from().select { project in
                    (project.name, Run.from().where { $0.projectID == project.id }.select { _ in countRows() }.scalar())
                },
                #"select "projects"."name", (select count(*) from "runs" where "runs"."project_id" = "projects"."id") from "projects""#),
            .init(
                "common tables",
                {
                    let failed = Run.from().where { $0.status == .failed }.select { ($0.projectID, $0.attempt) }.named("failed")
                        .materialized()
                    return failed.from().join(Project.self) { $0.fields.0 == $1.id }.where { failed, _ in failed.fields.1 > 2 }.select {
                        _, project in project.name
                    }
                }(),
                #"with "failed"("c1", "c2") as materialized (select "runs"."project_id", "runs"."attempt" from "runs" where "runs"."status" = $1::"run_status") select "projects"."name" from "failed" join "projects" on "failed"."c1" = "projects"."id" where "failed"."c2" > $2"#
            ),
            .init(
                "recursive",
                {
                    let root = Run.from().where { $0.id == id }.select { ($0.id, $0.parentID) }
                    let tree = root.recursive("tree") { tree in
                        tree.from().join(Run.self) { $1.parentID == $0.fields.0 }.select { _, run in (run.id, run.parentID) }
                    }
                    return tree.from().select { $0.fields.0 }
                }(),
                #"with recursive "tree"("c1", "c2") as ((select "runs"."id", "runs"."parent_id" from "runs" where "runs"."id" = $1) union all (select "runs_2"."id", "runs_2"."parent_id" from "tree" join "runs" as "runs_2" on "runs_2"."parent_id" = "tree"."c1")) select "tree"."c1" from "tree""#
            ),
            .init(
                "union", Run.from().select { $0.status }.union(Run.from().where { $0.attempt > 1 }.select { $0.status }),
                #"(select "runs"."status" from "runs") union (select "runs_2"."status" from "runs" as "runs_2" where "runs_2"."attempt" > $1)"#
            ),
        ]
    }

    private static var writes: [SnapshotTests.Case] {
        [
            .init(
                "insert", Usage.insert(.init(organizationID: "a", metric: "m", used: 1, quota: 2)),
                #"insert into "usage" ("organization_id", "metric", "used", "quota") values ($1, $2, $3, $4)"#),
            .init(
                "insert many",
                Usage.insert([
                    .init(organizationID: "a", metric: "m", used: 1, quota: 2), .init(organizationID: "b", metric: "m", used: 1, quota: 2),
                ]),
                #"insert into "usage" ("organization_id", "metric", "used", "quota") select * from unnest($1, $2, $3, $4)"#),
            .init(
                "insert with defaults", Project.insert(.init(id: project, organizationID: "a", name: "n")).returning { $0.createdAt },
                #"insert into "projects" ("id", "organization_id", "name", "archived_at") values ($1, $2, $3, $4) returning "projects"."created_at""#
            ),
            .init(
                "upsert",
                Usage.insert(.init(organizationID: "a", metric: "m", used: 1, quota: 2))
                    .onConflict {
                        $0.organizationID; $0.metric
                    } update: { old, new in
                        old.used.set(old.used + new.used)
                    } where: { old, new in
                        old.used + new.used <= old.quota
                    }
                    .returning { $0.used },
                #"insert into "usage" ("organization_id", "metric", "used", "quota") values ($1, $2, $3, $4) on conflict ("organization_id", "metric") do update set "used" = "usage"."used" + "excluded"."used" where "usage"."used" + "excluded"."used" <= "usage"."quota" returning "usage"."used""#
            ),
            .init(
                "update",
                Project.update {
                    $0.name.set("n"); $0.archivedAt.set(nil); $0.updatedAt.setDefault()
                }.where { $0.id == project },
                #"update "projects" set "name" = $1, "archived_at" = $2, "updated_at" = default where "projects"."id" = $3"#),
            .init(
                "what every update sets", Project.update { $0.name.set("n") }.everyRow(),
                #"update "projects" set "name" = $1, "updated_at" = $2"#),
            .init(
                "update from",
                Run.update(from: Project.self) { run, project in
                    run.labels.set(run.labels.appending(element: "x")); run.attempt.set(0)
                }
                .where { run, project in
                    run.projectID == project.id; project.name == "n"
                }.returning { run, project in (run.id, project.name) },
                #"update "runs" set "labels" = array_append("runs"."labels", $1), "attempt" = $2 from "projects" where "runs"."project_id" = "projects"."id" and "projects"."name" = $3 returning "runs"."id", "projects"."name""#
            ),
            .init("delete", Run.delete().where { $0.id == id }, #"delete from "runs" where "runs"."id" = $1"#),
            .init(
                "delete using",
                Run.delete(using: Project.self).where { run, project in run.projectID == project.id && project.organizationID == "a" }
                    .returning { run, _ in run.id },
                #"delete from "runs" using "projects" where "runs"."project_id" = "projects"."id" and "projects"."organization_id" = $1 returning "runs"."id""#
            ),
        ]
    }
}
