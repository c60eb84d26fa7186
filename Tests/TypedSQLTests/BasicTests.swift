import JSON
import PostgresClient
import Primitives
import Testing
import TypedSQL

@Suite("Rows by key")
struct BasicTests {
    @Test("A row is inserted, read, changed and deleted")
    func lifeOfARow() async throws {
        try await withDatabase { database in
            let inserted = try await database.one(Organization.insert(.init(id: "acme", slug: "acme", name: "Acme")).returning())
            #expect(inserted.settings.theme == "dark")
            let found = try #require(try await database.first(Organization.from().where { $0.id == "acme" }))
            #expect(found.createdAt == inserted.createdAt)
            let changed = try await database.run(
                Organization.update {
                    $0.name.set("ACME"); $0.settings.set(JSONB(Settings(theme: "light")))
                }
                .where { $0.id == "acme" })
            #expect(changed == 1)
            let rows = try await database.all(Organization.from().select { ($0.name, $0.settings) })
            #expect(rows.count == 1 && rows[0].0 == "ACME" && rows[0].1.theme == "light")
            #expect(try await database.run(Organization.delete().where { $0.id == "acme" }) == 1)
            #expect(try await database.first(Organization.from()) == nil)
        }
    }

    @Test("Drafts fill in what Swift and the database know")
    func drafts() async throws {
        try await withDatabase { database in
            let (_, projects, runs) = try await database.seed()
            let rows = try await database.all(
                Run.from().orderBy {
                    $0.createdAt; $0.id
                })
            #expect(rows.map(\.id) == runs)
            #expect(rows.map(\.status) == [.running, .queued, .failed])
            #expect(rows.allSatisfy { $0.priority == .low && $0.labels.isEmpty && $0.projectID == projects[0] })
            #expect(rows[2].cost == 3)
        }
    }

    @Test("Joins give optional rows where there may be none")
    func joins() async throws {
        try await withDatabase { database in
            let (_, projects, _) = try await database.seed()
            let query = Project.from()
                .join(Organization.self) { project, organization in project.organizationID == organization.id }
                .leftJoin(Run.self) { project, _, run in run.projectID == project.id && run.status == .running }
                .where { project, organization, _ in
                    organization.slug == "acme"
                    project.archivedAt.isNull()
                }
                .orderBy { project, _, _ in project.name.desc }
            let rows = try await database.all(query)
            #expect(rows.map(\.0.id) == projects)
            #expect(rows.map { $0.2?.attempt } == [1, nil])
            let parts = try await database.all(query.select { project, _, run in (project.name, run.status, run) })
            #expect(parts.map(\.1) == [.running, nil])
            #expect(parts.map { $0.2?.status } == [.running, nil])
        }
    }

    @Test("A query selects into a struct")
    func structs() async throws {
        try await withDatabase { database in
            let (_, projects, _) = try await database.seed()
            let summaries = Project.from()
                .join(Organization.self) { $0.organizationID == $1.id }
                .leftJoin(Run.self) { $2.projectID == $0.id }
                .groupBy { project, organization, _ in
                    project.id
                    organization.slug
                }
                .select(ProjectSummary.self) { project, organization, run in
                    .init(id: project.id, slug: organization.slug, runs: run.id.count(), latest: run.createdAt.max())
                }
            let all = summaries.named("summaries")
            let rows = try await database.all(all.from().where { $0.runs > 0 }.orderBy { $0.runs.desc })
            #expect(rows.map(\.id) == [projects[0]])
            #expect(rows.first?.runs == 3)
            #expect(rows.first?.latest != nil)
        }
    }
}
