import PostgresClient
import Primitives
import TypedSQL

/// What building a statement costs by itself, without a server.
func measureRendering() -> [(String, Double)] {
    func time(_ name: String, _ count: Int, _ body: () -> Int) -> (String, Double) {
        var best = Double.infinity
        for _ in 0..<5 {
            let start = ContinuousClock.now
            var sum = 0
            for _ in 0..<count { sum &+= body() }
            precondition(sum != 42)
            best = min(best, (ContinuousClock.now - start) / .microseconds(1) / Double(count))
        }
        return (name, best)
    }
    let prepared = Prepared(Int.self) { id in Run.from().where { $0.id == id } }
    let drafts = (0..<1000).map { Event.Draft(id: UUIDv7(), kind: "created", count: Int32($0), note: nil, createdAt: .now) }
    return [
        time("by hand, one row by key", 20000) {
            let sql: SQL = "select \"runs\".\"id\", \"runs\".\"project_id\" from \"runs\" where \"runs\".\"id\" = \(5)"
            return sql.text.utf8.count
        },
        time("one row by key", 20000) { Run.from().where { $0.id == 5 }.sql.text.utf8.count },
        time("one row by key, prepared", 20000) { prepared(5).sql.text.utf8.count },
        time("two joins", 20000) {
            Run.from()
                .join(Project.self) { $0.projectID == $1.id }
                .join(Organization.self) { $1.organizationID == $2.id }
                .where { run, _, _ in run.projectID == 5 && run.attempt >= 0 }
                .orderBy { run, _, _ in run.id.desc }
                .limit(20)
                .select { run, project, organization in (run.id, run.state, run.createdAt, project.name, organization.name) }
                .sql.text.utf8.count
        },
        time("insert one", 20000) { Event.insert(drafts[0]).sql.text.utf8.count },
        time("insert 1,000", 50) { Event.insert(drafts).sql.text.utf8.count },
        time("insert 1,000 by hand", 50) {
            let sql: SQL = """
                insert into "events" ("id", "kind", "count", "note", "created_at") select * from unnest(\(drafts.map(\.id)), \
                \(drafts.map(\.kind)), \(drafts.map(\.count)), \(drafts.map(\.note)), \(drafts.map(\.createdAt)))
                """
            return sql.text.utf8.count
        },
    ]
}
