import PostgresClient
import Primitives
import TypedSQL

/// One kind of work, said in TypedSQL and by hand for PostgresClient, with the same text and the same results.
struct Workload: Sendable {
    let name: String
    /// Gets a random number; returns something read, so that nothing is left out.
    let typed: @Sendable (PostgresPool, Int) async throws -> Int
    let direct: @Sendable (PostgresPool, Int) async throws -> Int
}

enum Sizes {
    static let organizations = 10
    static let projects = 200
    static let runs = 100_000
}

private let columns = SQL(
    unsafeRaw: Run.Columns.selectList.names.map { "\"runs\".\"\($0)\"" }.joined(separator: ", "))

extension Run {
    fileprivate init(_ row: PostgresRow) throws {
        (id, projectID, state, attempt, cost, note, createdAt, updatedAt) = try row.decode(
            Int.self, Int.self, String.self, Int32.self, Double?.self, String?.self, Timestamp.self, Timestamp.self)
    }
}

private func drafts(_ count: Int) -> [Event.Draft] {
    (0..<count).map { Event.Draft(id: UUIDv7(), kind: "created", count: Int32($0), note: nil, createdAt: .now) }
}

let workloads = [
    Workload(
        name: "one row by key",
        typed: { pool, random in
            let id = random % Sizes.runs
            return try await pool.all(Run.from().where { $0.id == id }).first?.projectID ?? -1
        },
        direct: { pool, random in
            let id = random % Sizes.runs
            let rows = try await pool.query("select \(columns) from \"runs\" where \"runs\".\"id\" = \(id)")
            return try rows.map { try Run($0) }.first?.projectID ?? -1
        }),
    Workload(
        name: "20 rows",
        typed: { pool, random in
            let project = random % Sizes.projects
            return try await pool.all(Run.from().where { $0.projectID == project }.orderBy { $0.id.desc }.limit(20)).count
        },
        direct: { pool, random in
            let project = random % Sizes.projects
            let rows = try await pool.query(
                """
                select \(columns) from "runs" where "runs"."project_id" = \(project) order by "runs"."id" desc limit \(20)
                """)
            return try rows.map { try Run($0) }.count
        }),
    Workload(
        name: "20 rows, two joins",
        typed: { pool, random in
            let project = random % Sizes.projects
            let query = Run.from()
                .join(Project.self) { $0.projectID == $1.id }
                .join(Organization.self) { $1.organizationID == $2.id }
                .where { run, _, _ in run.projectID == project && run.attempt >= 0 }
                .orderBy { run, _, _ in run.id.desc }
                .limit(20)
                .select { run, project, organization in (run.id, run.state, run.createdAt, project.name, organization.name) }
            return try await pool.all(query).count
        },
        direct: { pool, random in
            let project = random % Sizes.projects
            let rows = try await pool.query(
                """
                select "runs"."id", "runs"."state", "runs"."created_at", "projects"."name", "organizations"."name" from "runs" \
                join "projects" on "runs"."project_id" = "projects"."id" \
                join "organizations" on "projects"."organization_id" = "organizations"."id" \
                where "runs"."project_id" = \(project) and "runs"."attempt" >= \(0 as Int32) order by "runs"."id" desc limit \(20)
                """)
            return try rows.decode(Int.self, String.self, Timestamp.self, String.self, String.self).count
        }),
    Workload(
        name: "insert one",
        typed: { pool, random in
            try await pool.run(
                Event.insert(.init(id: UUIDv7(), kind: "created", count: Int32(truncatingIfNeeded: random), note: nil, createdAt: .now)))
        },
        direct: { pool, random in
            try await pool.execute(
                """
                insert into "events" ("id", "kind", "count", "note", "created_at") \
                values (\(UUIDv7()), \("created"), \(Int32(truncatingIfNeeded: random)), \(nil as String?), \(Timestamp.now))
                """)
        }),
    Workload(
        name: "insert 1,000",
        typed: { pool, _ in try await pool.run(Event.insert(drafts(1000))) },
        direct: { pool, _ in
            let rows = drafts(1000)
            return try await pool.execute(
                """
                insert into "events" ("id", "kind", "count", "note", "created_at") select * from unnest(\(rows.map(\.id)), \
                \(rows.map(\.kind)), \(rows.map(\.count)), \(rows.map(\.note)), \(rows.map(\.createdAt)))
                """)
        }),
]
