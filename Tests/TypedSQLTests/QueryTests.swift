import JSON
import PostgresClient
import Primitives
import Testing
import TypedSQL

@Suite("Queries on a server")
struct QueryTests {
    @Test("Outer joins of every kind leave NULLs where they should")
    func outerJoins() async throws {
        try await withDatabase { database in
            let (_, projects, _) = try await database.seed()
            try await database.run(Organization.insert(.init(id: "empty", slug: "empty", name: "Empty")))
            try await database.run(Usage.insert(.init(organizationID: "ghost", metric: "m", used: 1, quota: 2)))
            let right = try await database.all(
                Project.from().rightJoin(Organization.self) { $0.organizationID == $1.id }.orderBy {
                    $1.id; $0.name
                })
            #expect(right.map { $0.0?.name } == ["api", "web", nil] && right.map(\.1.id) == ["acme", "acme", "empty"])
            let full = try await database.all(
                Organization.from().fullJoin(Usage.self) { $0.id == $1.organizationID }.orderBy {
                    $0.id; $1.metric
                })
            #expect(full.map { $0.0?.id } == ["acme", "empty", nil] && full.map { $0.1?.used } == [nil, nil, 1])
            let absent = try await database.all(
                Project.from().leftJoin(Run.self) { $1.projectID == $0.id }.where { _, run in run.isAbsent() }.select { project, _ in
                    project.id
                })
            #expect(absent == [projects[1]])
        }
    }

    @Test("A lateral subquery gives the newest of each")
    func lateral() async throws {
        try await withDatabase { database in
            let (_, _, runs) = try await database.seed()
            let query = Project.from().leftJoinLateral { project in
                Run.from().where { $0.projectID == project.id }.orderBy { $0.id.desc }.limit(1)
            }.orderBy { project, _ in project.name }
            let rows = try await database.all(query)
            #expect(rows.map(\.0.name) == ["api", "web"])
            #expect(rows.map { $0.1?.id } == [nil, runs.max()])
        }
    }

    @Test("Common tables, recursive and not, and set operations")
    func commonTables() async throws {
        try await withDatabase { database in
            let (_, projects, runs) = try await database.seed()
            let child = try await database.one(Run.insert(.init(projectID: projects[1], parentID: runs[0])).returning())
            let grandchild = try await database.one(Run.insert(.init(projectID: projects[1], parentID: child.id)).returning())
            let root = Run.from().where { $0.id == runs[0] }.select { ($0.id, $0.attempt) }
            let tree = root.recursive("tree") { tree in
                tree.from().join(Run.self) { tree, run in run.parentID == tree.fields.0 }.select { tree, run in (run.id, tree.fields.1 + 1)
                }
            }
            let depths = try await database.all(tree.from().orderBy { $0.fields.1 })
            #expect(depths.map(\.0) == [runs[0], child.id, grandchild.id] && depths.map(\.1) == [1, 2, 3])

            let failed = Run.from().where { $0.status == .failed }.select { $0.id }
            let queued = Run.from().where { $0.status == .queued }.select { $0.id }
            #expect(Set(try await database.all(failed.unionAll(queued))) == [runs[1], runs[2], child.id, grandchild.id])
            #expect(try await database.all(failed.intersect(queued)).isEmpty)
            #expect(
                try await database.all(Run.from().where { $0.projectID == projects[0] }.select { $0.id }.except(failed).except(queued)) == [
                    runs[0]
                ])
            let both = failed.union(queued).subquery("both")
            #expect(try await database.all(both.from().orderBy { $0.desc }.limit(1)) == [grandchild.id])
        }
    }

    @Test("Aggregates, filters and windows")
    func aggregates() async throws {
        try await withDatabase { database in
            let (_, projects, runs) = try await database.seed()
            let totals = try await database.one(
                Run.from().groupBy { $0.projectID }.having { $0.id.count() > 2 }.select { run in
                    (
                        run.projectID, countRows(), countRows(where: run.status == .failed), run.attempt.sum(), run.attempt.average(),
                        run.cost.max(), run.status.count(distinct: true)
                    )
                })
            #expect(totals.0 == projects[0] && totals.1 == 3 && totals.2 == 1 && totals.3 == 1 && totals.5 == 3 && totals.6 == 3)
            #expect(totals.4.map { $0.text.hasPrefix("0.33") } == true)
            let empty = try await database.one(
                Run.from().where { $0.attempt > 100 }.select { ($0.cost.sum(), $0.attempt.max(), $0.id.arrayAggregate(), countRows()) })
            #expect(empty.0 == nil && empty.1 == nil && empty.2 == nil && empty.3 == 0)
            let ids = try await database.one(Run.from().select { $0.id.arrayAggregate(orderBy: $0.id.desc) })
            #expect(ids == runs.sorted(by: >))
            let names = try await database.one(Project.from().select { $0.name.joined(separator: ",", orderBy: $0.name.asc) })
            #expect(names == "api,web")
            let numbered = try await database.all(
                Run.from().orderBy { $0.id }.select {
                    ($0.id, rowNumber(.over(orderBy: $0.id.asc)), $0.id.lag(over: .over(orderBy: $0.id.asc)))
                })
            #expect(numbered.map(\.1) == [1, 2, 3] && numbered.map(\.2) == [nil, runs.sorted()[0], runs.sorted()[1]])
        }
    }

    @Test("jsonb and arrays")
    func jsonAndArrays() async throws {
        try await withDatabase { database in
            let (_, projects, _) = try await database.seed()
            let json = try await database.one(
                Organization.from().select { organization in
                    (
                        organization.settings.text("theme"), organization.settings["limits"], organization.settings.hasKey("theme"),
                        organization.settings.contains(["theme": "dark"]),
                        jsonObject(("id", organization.id), ("n", countRows(where: nil).over(.over())))
                    )
                })
            #expect(json.0 == "dark" && json.1 == [] && json.2 == true && json.3 == true)
            #expect(json.4["id"] == "acme" && json.4["n"]?.int == 1)
            let run = try await database.one(Run.insert(.init(projectID: projects[0], labels: ["a", "b,\"", "ü"])).returning())
            #expect(run.labels == ["a", "b,\"", "ü"])
            func matches(_ condition: (Run.Columns) -> Condition) async throws -> Int {
                try await database.count(Run.from().where { condition($0) && $0.id == run.id })
            }
            #expect(try await matches { $0.labels.contains(["ü", "a"]) } == 1)
            #expect(try await matches { $0.labels.contains(element: "c") } == 0)
            #expect(try await matches { $0.labels.overlaps(["c", "b,\""]) } == 1)
            #expect(try await matches { $0.labels.isContained(in: ["a"]) } == 0)
            #expect(try await matches { $0.labels.cardinality() == 3 } == 1)
            let changed = try await database.one(
                Run.update { $0.labels.set($0.labels.removing(element: "a").appending(element: "z")) }.where { $0.id == run.id }.returning {
                    $0.labels
                })
            #expect(changed == ["b,\"", "ü", "z"])
        }
    }

    @Test("Text patterns take what is typed as it is")
    func patterns() async throws {
        try await withDatabase { database in
            try await database.run(Organization.insert(.init(id: "o", slug: "o", name: "O")))
            let names = ["50%", "50x", "a_b", "aXb", "back\\slash", "Größe"]
            try await database.run(Project.insert(names.map { .init(organizationID: "o", name: $0) }))
            func found(_ condition: (Project.Columns) -> Condition) async throws -> [String] {
                try await database.all(Project.from().where { condition($0) }.orderBy { $0.name }.select { $0.name })
            }
            #expect(try await found { $0.name.contains("0%") } == ["50%"])
            #expect(try await found { $0.name.starts(with: "a_") } == ["a_b"])
            #expect(try await found { $0.name.contains("k\\s") } == ["back\\slash"])
            #expect(try await found { $0.name.ends(with: "ÖSSE", ignoringCase: true) }.isEmpty)
            #expect(try await found { $0.name.contains("RÖSS", ignoringCase: true) || $0.name == "Größe" } == ["Größe"])
            #expect(try await found { $0.name.matches("^5.%?$") && $0.name.like("5%") } == ["50%"])
        }
    }

    @Test("Inserts of every shape")
    func inserts() async throws {
        try await withDatabase { database in
            #expect(try await database.run(Organization.insert([])) == 0)
            #expect(try await database.all(Organization.insert([]).returning()).isEmpty)
            // The default in some rows only: parameters a value, not arrays.
            let mixed = try await database.all(
                Organization.insert([
                    .init(id: "a", slug: "a", name: "A", createdAt: Timestamp(milliseconds: 0)), .init(id: "b", slug: "b", name: "B"),
                ]).returning())
            #expect(mixed[0].createdAt == Timestamp(milliseconds: 0) && mixed[1].createdAt > Timestamp(milliseconds: 0))
            // An upsert over many rows, skipping one.
            let upserted = try await database.all(
                Organization.insert([.init(id: "a", slug: "a", name: "new"), .init(id: "c", slug: "c", name: "C")])
                    .onConflict {
                        $0.id
                    } update: { old, new in
                        old.name.set(new.name)
                    } where: { old, _ in
                        old.id != "a"
                    }.returning { $0.id })
            #expect(upserted == ["c"])
            #expect(try await database.run(Organization.insert(.init(id: "d", slug: "a", name: "D")).onConflictDoNothing { $0.slug }) == 0)
            #expect(try await database.run(Organization.insert(.init(id: "a", slug: "z", name: "D")).onConflictDoNothing()) == 0)
            let bySlug = try await database.one(
                Organization.insert(.init(id: "e", slug: "a", name: "E")).onConflict(constraint: "organizations_slug_key") { old, new in
                    old.name.set(old.name.appending(new.name))
                }.returning { $0.name })
            #expect(bySlug == "AE")
            let copied = try await database.all(
                Organization.from().where { $0.id == "a" }.insert(into: Usage.self) { usage, organization in
                    usage.organizationID.set(organization.id)
                    usage.metric.set("m")
                    usage.used.set(organization.slug.length.cast(to: Int64.self))
                    usage.quota.set(5)
                }.returning())
            #expect(copied.map(\.used) == [1])
            let written = try await database.one(
                Usage.insert { usage in
                    usage.organizationID.set("x")
                    usage.metric.set(Expr("M").lowercased())
                    usage.used.set(0)
                    usage.quota.set(0)
                }.returning())
            #expect(written.metric == "m")
        }
    }

    @Test("A thousand rows by unnest and by COPY are the same rows")
    func bulk() async throws {
        try await withDatabase { database in
            let (_, projects, _) = try await database.seed()
            try await database.run(Run.delete().everyRow())
            var drafts: [Run.Draft] = []
            for number in 0..<1000 {
                var draft = Run.Draft(projectID: projects[number % 2], status: RunStatus.allCases[number % 4], attempt: Int32(number))
                if number % 3 != 0 { draft.cost = PostgresNumeric(number) }
                if number % 5 != 0 { draft.output = [UInt8(number % 256), 0, 255] }
                if number % 7 != 0 { draft.dueAt = Timestamp(milliseconds: Int64(number)) }
                drafts.append(draft)
            }
            // Labels are an array column: parameters a value.
            let inserted = try await database.all(Run.insert(drafts).returning())
            #expect(inserted.count == 1000 && inserted.map(\.attempt) == (0..<1000).map { Int32($0) })
            try await database.run(Run.delete().everyRow())
            #expect(try await database.copy(drafts, into: Run.self) == 1000)
            let copied = try await database.all(Run.from().orderBy { $0.attempt })
            for (left, right) in zip(inserted, copied) {
                #expect(left.id == right.id && left.status == right.status && left.cost == right.cost && left.output == right.output)
                #expect(left.dueAt == right.dueAt && left.labels == right.labels && left.projectID == right.projectID)
            }
            var mixed = drafts
            mixed[3].createdAt = .now
            await #expect(throws: CopyDefaultError.self) { try await database.copy(mixed, into: Run.self) }
            let counters = (0..<20_000).map { Usage.Draft(organizationID: "o\($0)", metric: "m", used: Int64($0), quota: 0) }
            #expect(try await database.run(Usage.insert(counters)) == 20_000)
            #expect(try await database.all(Usage.from().select { $0.used.sum() }) == [199_990_000])
        }
    }

    @Test("Rows of values are joined as a table, empty lists too")
    func values() async throws {
        try await withDatabase { database in
            let (_, projects, _) = try await database.seed()
            let wanted = projects.map { ProjectSummary(id: $0, slug: "s", runs: 7, latest: nil) }
            let rows = try await database.all(
                ProjectSummary.values(wanted).from().join(Project.self) { $0.id == $1.id }.orderBy { $1.name }.select {
                    ($0.runs, $1.name, $0.latest)
                })
            #expect(rows.map(\.0) == [7, 7] && rows.map(\.1) == ["api", "web"] && rows.allSatisfy { $0.2 == nil })
            #expect(try await database.all(ProjectSummary.values([]).from()).isEmpty)
            let updated = try await database.run(
                Run.update(from: ProjectSummary.values(wanted)) { run, input in run.attempt.set(input.runs.cast(to: Int32.self)) }
                    .where { run, input in run.projectID == input.id })
            #expect(updated == 3)
        }
    }
}
