import PostgresClient
import Primitives
import TypedSQL

func accepted(_ database: PostgresPool, _ id: RunID, _ name: String?) async throws {
    let run = try await database.first(Run.from().where { $0.id == id })
    let status = try await database.first(Run.from().where { $0.id == id }.select { ($0.status, $0.attempt) })?.1
    let page = try await database.page(
        Run.from().after(run.map { ($0.createdAt, $0.id) }) { ($0.createdAt.descending, $0.id.descending) }, limit: 20)
    for item in page.items { print(item.id, status ?? 0) }
    let rows = try await database.all(
        Project.from()
            .join(Organization.self) { $0.organizationID == $1.id }
            .leftJoin(Run.self) { project, _, run in run.projectID == project.id && run.status == .running }
            .where { project, organization, run in
                organization.slug == "acme"
                if let name { project.name.contains(name) }
                run.attempt.coalesce(0) < 5 || run.isAbsent()
            }
            .orderBy { project, _, run in
                run.dueAt.desc.nullsLast()
                project.id
            }
            .select { project, organization, run in (project, organization.name, run, run.status) })
    for (project, organization, run, status) in rows { print(project.name, organization, run?.attempt ?? 0, status ?? .failed) }
    let counts = try await database.all(
        Run.from().groupBy { $0.projectID }.having { _ in countRows() > 1 }.select {
            ($0.projectID, countRows(where: $0.status == .failed))
        })
    print(Dictionary(uniqueKeysWithValues: counts))
    let newest = try await database.all(
        Project.from().leftJoinLateral { project in
            Run.from().where { $0.projectID == project.id }.orderBy { $0.id.desc }.limit(1).select { ($0.id, $0.status) }
        }.select { project, run in (project.id, run.fields.1) })
    print(newest.map { $0.1 ?? .queued })
    let changed = try await database.run(
        Run.update { run in
            run.status.set(.running)
            run.attempt.set(run.attempt + 1)
            if name == nil { run.dueAt.set(nil) }
        }.where { $0.id == id && $0.status == .queued })
    print(changed + 1)
}
