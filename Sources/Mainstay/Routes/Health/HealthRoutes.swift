import HTTPTypes
import Hummingbird
import JSON
import Logging
import PostgresClient
import RedisClient
import TypedAPI

/// `/health` says that the process lives; `/ready` that it can do its work.
struct HealthRoutes {
    let database: Database
    let redis: Redis

    /// A probe must answer before whoever asks gives up.
    private static let timeout = Duration.seconds(2)

    func add(to router: Router<AppContext>) {
        router.get("/health") { _, _ in Response.json(["status": "ok"]) }
        router.get("/ready") { _, context in await ready(logger: context.logger) }
    }

    private func ready(logger: Logger) async -> Response {
        async let postgres = check("postgres", logger) {
            let isReadOnly = try await database.app.query("select current_setting('transaction_read_only') = 'on'").first?.get(
                0, as: Bool.self)
            if isReadOnly == true { throw ReadOnly() }
            // Publishing goes through the other pool.
            _ = try await database.system.query("select 1")
        }
        async let redis = check("redis", logger) { _ = try await self.redis.send("PING", timeout: Self.timeout) }
        let checks = await ["postgres": postgres, "redis": redis]
        let isReady = checks.values.allSatisfy { $0 == "ok" }
        let members = checks.sorted { $0.key < $1.key }.reduce(into: JSONObject()) { $0[$1.key] = .string($1.value) }
        return .json(
            ["status": isReady ? "ready" : "unavailable", "checks": .object(members)], status: isReady ? .ok : .serviceUnavailable)
    }

    /// A server that failed over and is a standby now answers queries, but nothing could be accepted.
    private struct ReadOnly: Error {}

    /// `ok`, or why not in a few words; the log has the rest.
    private func check(_ name: String, _ logger: Logger, _ probe: @escaping @Sendable () async throws -> Void) async -> String {
        do {
            return try await withThrowingTaskGroup(of: String.self) { group in
                group.addTask {
                    try await probe()
                    return "ok"
                }
                group.addTask {
                    try await Task.sleep(for: Self.timeout)
                    return "no answer within \(Self.timeout.components.seconds) s"
                }
                let first = try await group.next()
                group.cancelAll()
                return first ?? "not checked"
            }
        } catch {
            logger.warning("Not ready", metadata: ["store": .string(name), "error": "\(error)"])
            return "unreachable"
        }
    }
}
