import Logging
import PostgresClient
import TestServices
import TypedSQL

/// Runs `body` with a pool on a database of its own that has the tables of `testSchema`.
func withDatabase<R: Sendable>(observer: PostgresObserver? = nil, _ body: (PostgresPool) async throws -> R) async throws -> R {
    let services = try await TestServices.shared()
    let template = try await services.template("typedsql_tests") { url in
        try await withPool(url: url) { pool in try await pool.executeScript(testSchema.createStatements.joined(separator: ";\n")) }
    }
    return try await withPool(url: try await services.freshDatabase(template: template), observer: observer, body)
}

/// Runs `body` with a pool on an empty database of its own.
func withEmptyDatabase<R: Sendable>(_ body: (PostgresPool) async throws -> R) async throws -> R {
    try await withPool(url: try await TestServices.shared().freshDatabase(), body)
}

func withPool<R: Sendable>(
    url: String, role: String? = nil, observer: PostgresObserver? = nil, _ body: (PostgresPool) async throws -> R
) async throws -> R {
    var configuration = try PostgresPoolConfiguration(url: url)
    configuration.maximumConnections = 4
    configuration.minimumConnections = 0
    configuration.role = role
    configuration.observer = observer
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let pool = try PostgresPool(configuration, logger: logger)
    return try await withThrowingTaskGroup { group in
        group.addTask { try await pool.run() }
        do {
            let value = try await body(pool)
            await pool.close()
            try await group.waitForAll()
            return value
        } catch {
            await pool.close()
            throw error
        }
    }
}

extension PostgresPool {
    /// An organization with two projects and three runs.
    func seed() async throws -> (organization: String, projects: [ProjectID], runs: [RunID]) {
        try await run(Organization.insert(.init(id: "acme", slug: "acme", name: "Acme")))
        let projects = try await all(
            Project.insert([.init(organizationID: "acme", name: "web"), .init(organizationID: "acme", name: "api")]).returning())
        let runs = try await all(
            Run.insert([
                .init(projectID: projects[0].id, status: .running, attempt: 1),
                .init(projectID: projects[0].id, status: .queued), .init(projectID: projects[0].id, status: .failed, cost: 3),
            ]).returning())
        return ("acme", projects.map(\.id), runs.map(\.id))
    }
}
