import PostgresClient
import Primitives
import Synchronization
import Testing
import TypedSQL

@Suite("Execution")
struct ExecutionTests {
    static let runsOf = Prepared(ProjectID.self, Int.self) { project, limit in
        Run.from().where { $0.projectID == project && $0.attempt >= 0 }.orderBy { $0.id }.limit(limit)
    }
    static let setStatus = Prepared(RunStatus.self, RunID.self) { status, id in
        Run.update {
            $0.status.set(status)
            $0.attempt.set($0.attempt + 1)
        }.where { $0.id == id }
    }

    @Test("A prepared statement takes typed arguments")
    func prepared() async throws {
        try await withDatabase { database in
            let (_, projects, runs) = try await database.seed()
            #expect(try await database.run(Self.runsOf(projects[0], 2)).map(\.id) == Array(runs.sorted().prefix(2)))
            #expect(try await database.run(Self.runsOf(projects[1], 2)).isEmpty)
            #expect(try await database.run(Self.setStatus(.succeeded, runs[0])) == 1)
            #expect(try await database.first(Run.from().where { $0.id == runs[0] }.select { ($0.status, $0.attempt) })?.1 == 2)
        }
    }

    @Test("A batch is one flight and one transaction")
    func batch() async throws {
        try await withDatabase { database in
            let (_, projects, _) = try await database.seed()
            let (runs, changed, names) = try await database.batch(
                Run.from().select { $0.id }, Project.update { $0.name.set("x") }.where { $0.id == projects[0] },
                Project.from().orderBy { $0.name }.select { $0.name })
            #expect(runs.count == 3 && changed == 1 && names == ["api", "x"])
            await #expect(throws: PostgresError.self) {
                _ = try await database.batch(
                    Project.delete().everyRow(), Usage.insert(.init(organizationID: "a", metric: "m", used: 0, quota: 0)),
                    Usage.insert(.init(organizationID: "a", metric: "m", used: 0, quota: 0)))
            }
            #expect(try await database.count(Project.from()) == 2)
        }
    }

    @Test("Statements run in a transaction and vanish with it")
    func transaction() async throws {
        struct Undo: Error {}
        try await withDatabase { database in
            _ = try await database.seed()
            await #expect(throws: Undo.self) {
                try await database.withTransaction { transaction in
                    #expect(try await transaction.run(Run.delete().everyRow()) == 3)
                    #expect(try await transaction.first(Run.from()) == nil)
                    throw Undo()
                }
            }
            #expect(try await database.count(Run.from()) == 3)
        }
    }

    @Test("Rows stream in order, and a stream may be left early")
    func stream() async throws {
        try await withDatabase { database in
            let counters = (0..<5000).map { Usage.Draft(organizationID: "o", metric: "\($0)", used: Int64($0), quota: 0) }
            try await database.run(Usage.insert(counters))
            let query = Usage.from().orderBy { $0.used }
            let sum = try await database.withRows(of: query) { rows in
                var sum: Int64 = 0
                var last: Int64 = -1
                for try await row in rows {
                    #expect(row.used == last + 1)
                    last = row.used
                    sum += row.used
                }
                return sum
            }
            #expect(sum == 12_497_500)
            let first = try await database.withTransaction { transaction in
                let first = try await transaction.withRows(of: query.select { ($0.metric, $0.used) }) { rows in
                    for try await row in rows { return row.0 }
                    return ""
                }
                #expect(try await transaction.count(query) == 5000)
                return first
            }
            #expect(first == "0")
        }
    }

    @Test("One row, none, or too many")
    func one() async throws {
        try await withDatabase { database in
            let (_, projects, _) = try await database.seed()
            #expect(try await database.one(Project.from().where { $0.id == projects[0] }).name == "web")
            await #expect(throws: RowCountError.self) { _ = try await database.one(Project.from()) }
            await #expect(throws: RowCountError.self) { _ = try await database.one(Project.from().where { $0.name == "none" }) }
            #expect(try await database.exists(Project.from().where { $0.name == "web" }))
            #expect(try await !database.exists(Project.from().where { $0.name == "none" }))
            #expect(try await database.count(Project.from().limit(1)) == 1)
        }
    }

    @Test("Explain shows the plan, and what it cost when it may run")
    func explain() async throws {
        try await withDatabase { database in
            let (_, _, runs) = try await database.seed()
            let plan = try await database.explain(Run.from().where { $0.id == runs[0] })
            #expect(plan.contains { $0.contains("Scan") } && !plan.contains { $0.contains("actual") })
            let costs = try await database.explain(Run.delete().where { $0.id == runs[0] }, analyze: true)
            #expect(costs.contains { $0.contains("actual") })
            #expect(try await database.count(Run.from()) == 2)
        }
    }

    @Test("The observer sees texts, times and rows, never values")
    func observer() async throws {
        let seen = Mutex<[(String, Int)]>([])
        var observer = PostgresObserver()
        observer.statementFinished = { event in seen.withLock { $0.append((event.statements.joined(separator: ";"), event.rows)) } }
        try await withDatabase(observer: observer) { database in
            _ = try await database.all(Project.from().where { $0.name == "a secret name" })
        }
        let texts = seen.withLock { $0.map(\.0) }
        #expect(texts.contains { $0.contains("\"projects\".\"name\" = $1") } && !texts.contains { $0.contains("secret") })
    }

    @Test("A statement behind a prelude sees its setting, the next one does not")
    func prelude() async throws {
        try await withDatabase { database in
            _ = try await database.seed()
            let tenant = database.with(prelude: "select set_config('app.organization_id', \("acme"), true)")
            let mine = Organization.from().where { $0.id == currentSetting("app.organization_id") }
            #expect(try await tenant.all(mine).map(\.id) == ["acme"])
            #expect(try await database.all(mine).isEmpty)
            #expect(try await tenant.withTransaction { try await $0.all(mine) }.count == 1)
            #expect(
                try await tenant.withRows(of: mine) { rows in
                    var count = 0
                    for try await _ in rows { count += 1 }
                    return count
                } == 1)
        }
    }

    @Test("What was not NULL in the schema and is so after all is an error, not a wrong value")
    func drift() async throws {
        try await withDatabase { database in
            let (_, projects, _) = try await database.seed()
            try await database.executeScript("alter table projects alter name drop not null; update projects set name = null")
            await #expect(throws: PostgresError.self) { _ = try await database.all(Project.from()) }
            try await database.executeScript(
                "alter table projects drop constraint projects_organization_id_name_key; alter table projects alter name type int using 5")
            let error = await #expect(throws: PostgresError.self) {
                _ = try await database.all(Project.from().where { $0.id == projects[0] })
            }
            #expect(error?.code == .decoding)
        }
    }
}
