import PostgresClient
import Primitives
import Testing
import TypedSQL

/// Statements mean what was written, or are refused; never something else.
@Suite("Meaning")
struct MeaningTests {
    private func withProjects(_ body: (PostgresPool) async throws -> Void) async throws {
        try await withDatabase { database in
            try await database.run(Organization.insert(.init(id: "acme", slug: "acme", name: "Acme")))
            try await database.run(Project.insert(["a", "b", "c"].map { .init(organizationID: "acme", name: $0) }))
            try await body(database)
        }
    }

    private func refusal(_ run: () async throws -> Void) async -> String {
        do {
            try await run()
        } catch let error as PostgresError {
            return error.message
        } catch {
            return "\(error)"
        }
        return ""
    }

    @Test("A column of a table that is not in the query is refused, and nothing is changed")
    func leakedColumn() async throws {
        try await withProjects { database async throws in
            // What a careless closure can do.
            nonisolated(unsafe) var leaked: Project.Columns?
            _ = Project.from().where { project in
                leaked = project
                return OptionalFilter.none
            }
            let columns = try #require(leaked)
            #expect(
                await refusal { try await database.run(Project.delete().where { $0.id == columns.id }) }.contains("\"id\" of \"projects\""))
            let inCommonTable = await refusal {
                let outer = Project.from().where { project in
                    exists(Project.from().where { $0.name == project.name && $0.name == "b" }.named("inner").from())
                }
                _ = try await database.all(outer)
            }
            #expect(inCommonTable.contains("not in the query"))
            #expect(try await database.count(Project.from()) == 3)
        }
    }

    @Test("Only the columns of what is changed can be set, each once, and at least one")
    func assignments() async throws {
        try await withProjects { database async throws in
            let others = await refusal {
                try await database.run(
                    Project.update(from: Organization.self) { _, organization in organization.name.set("HIJACK") }
                        .where { $0.organizationID == $1.id })
            }
            #expect(others.contains("belongs to \"organizations\""))
            let expression = await refusal {
                try await database.run(Project.update { $0.name.appending("x").set("y") }.everyRow())
            }
            #expect(expression.contains("only a column can be set"))
            let wanted = false
            let none = await refusal {
                try await database.run(
                    Organization.update { organization in
                        if wanted { organization.name.set("x") }
                    }.everyRow())
            }
            #expect(none.contains("sets nothing"))
            let twice = await refusal {
                try await database.run(
                    Project.update { project in
                        project.name.set("x")
                        project.name.set("y")
                    }.everyRow())
            }
            #expect(twice.contains("set twice"))
            #expect(try await database.all(Project.from().orderBy { $0.name }.select { $0.name }) == ["a", "b", "c"])
        }
    }

    @Test("A change asked for with a query runs wherever the query ends up")
    func changesAlongside() async throws {
        for place in 0..<5 {
            try await withProjects { database async throws in
                let removed = Project.delete().where { $0.name == "a" }.named("removed")
                let query = Project.from().select { $0.name }.with(removed)
                let other = Organization.from().select { $0.name }
                switch place {
                case 0: _ = try await database.count(query)
                case 1: _ = try await database.all(query.subquery("names").from())
                case 2: _ = try await database.all(query.limit(5).union(other))
                case 3: _ = try await database.all(other.unionAll(query))
                default: _ = try await database.exists(query)
                }
                #expect(try await database.count(Project.from()) == 2, "place \(place)")
            }
        }
    }

    @Test("Queries put together keep their own limits and the order they were written in")
    func compounds() async throws {
        try await withProjects { database async throws in
            func name(_ name: String) -> some SelectQuery { Project.from().where { $0.name == name }.select { $0.name } }
            func names(_ names: [String]) -> Select<String, Expr<String>> {
                Project.from().where { $0.name.isIn(names) }.select { $0.name }
            }
            let abThenB = names(["a"]).union(names(["b"])).intersect(names(["b"]))
            #expect(try await database.all(abThenB) == ["b"])
            let limited = names(["a"]).unionAll(names(["b"])).limit(1).unionAll(names(["c"]))
            #expect(try await database.all(limited).count == 2)
            let sorted = names(["a"]).union(names(["c", "b"])).subquery("both").from().orderBy { $0.desc }
            #expect(try await database.all(sorted) == ["c", "b", "a"])
            let tree = names(["a"]).limit(1).recursive("tree") { tree in tree.from().where { $0 == "none" } }
            #expect(try await database.all(tree.from()) == ["a"])
        }
    }

    @Test("A common table does not hide a table of its name")
    func commonTableNames() async throws {
        try await withProjects { database async throws in
            try await database.run(Organization.insert(.init(id: "idle", slug: "idle", name: "Idle")))
            let active = Organization.from().where { $0.id == "acme" }.select { $0.id }.named("organizations")
            let query = Organization.from().where { organization in notExists(active.from().where { $0 == organization.id }) }.select {
                $0.id
            }
            #expect(try await database.all(query) == ["idle"])
        }
    }

    @Test("A prepared statement finds what an update sets by itself anew each time")
    func preparedUpdates() async throws {
        try await withProjects { database async throws in
            let rename = Prepared(String.self, String.self) { from, to in
                Project.update { $0.name.set(to) }.where { $0.name == from }.returning { $0.updatedAt }
            }
            let first = try #require(try await database.run(rename("a", "d")).first)
            let second = try #require(try await database.run(rename("b", "e")).first)
            #expect(first < second)
        }
    }

    @Test("Sorting before a keyset would skip rows, and is refused")
    func keysetBehindOrder() async throws {
        try await withProjects { database async throws in
            let list = Project.from().orderBy { $0.name }.after(ProjectID()) { $0.id.ascending }
            #expect(await refusal { _ = try await database.all(list) }.contains("sorts by its own keys"))
            #expect(try await database.page(Project.from(), limit: 0).items.count == 1)
            #expect(try await database.page(Project.from(), limit: .max).items.count == 3)
            #expect(try await !database.exists(Project.from().limit(0)))
        }
    }
}
