import JSON
import PostgresClient
import Primitives
import TestServices
import TypedSQL

/// Runs `body` with a pool on a database of its own that has the application's tables.
func withApplication<R: Sendable>(_ body: (PostgresPool) async throws -> R) async throws -> R {
    try await withPool(url: try await applicationDatabase(), body)
}

/// The URL of a fresh database with the application's tables.
func applicationDatabase() async throws -> String {
    let services = try await TestServices.shared()
    let template = try await services.template("typedsql_application") { url in
        try await withPool(url: url) { pool in
            for role in [DatabaseRoles.app, DatabaseRoles.system] {
                // Roles are the cluster's: another suite may make them at this moment.
                _ = try? await pool.execute("create role \(identifier: role) nologin")
                _ = try? await pool.execute("grant \(identifier: role) to current_user")
            }
            try await pool.executeScript(applicationSchema.createStatements.joined(separator: ";\n"))
            try await pool.executeScript(
                "alter table message no force row level security; alter table queue no force row level security")
        }
    }
    return try await services.freshDatabase(template: template)
}

/// A queue of that organization.
func makeQueue(in database: PostgresPool, organization: String = "org") async throws -> MessageQueue {
    try await database.one(
        MessageQueue.insert(
            .init(
                id: UUIDv7(), organizationID: organization, name: "mail", destinationURL: "https://example.com", signingSecret: [1, 2],
                retry: ["attempts": 3], timeoutMilliseconds: 1000)
        ).returning())
}
