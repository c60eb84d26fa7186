import Logging
import Primitives
import RedisClient

/// Whether Redis is one that queues can live in.
struct RedisExamination: Sendable {
    let url: String

    private static let timeout = Duration.seconds(5)

    func findings() async -> [Finding] {
        do {
            let redis = try Redis(url: url, logger: .silent, name: "mainstay-doctor", connectTimeout: .seconds(3))
            return try await redis.withConnection { try await examine($0) }
        } catch let error as RedisError {
            return [.problem("redis.connection", error.message, remedy: Self.remedy(error))]
        } catch {
            return [.problem("redis.connection", "\(error)", remedy: "Correct REDIS_URL.")]
        }
    }

    private static func remedy(_ error: RedisError) -> String {
        switch error.code {
        case .authenticationFailed where error.server == nil:
            "Correct the scheme or host in REDIS_URL, or name the authority by ?ca=, as said."
        case .authenticationFailed: "Correct the user and password in REDIS_URL; write special characters as %40 and the like."
        case .invalidConfiguration: "Correct REDIS_URL."
        case _ where error.message.contains("does not resolve"): "Correct the host in REDIS_URL: no name server knows it, or none answers."
        default: "Start Redis, or correct host and port in REDIS_URL; see that no firewall is between."
        }
    }

    private func examine(_ connection: RedisConnection) async throws -> [Finding] {
        let probe = try await StoreMeasurement.run {
            let parts = try await connection.send("TIME", timeout: Self.timeout).array?.compactMap(\.int) ?? []
            guard parts.count == 2 else { throw RedisError(.unexpectedReply, "TIME did not answer two numbers") }
            return Timestamp(microseconds: Int64(parts[0]) * 1_000_000 + Int64(parts[1]))
        }
        let info = try await connection.send("INFO", timeout: Self.timeout).string ?? ""
        return probe.findings("redis") + Self.findings(info: info) + [await scripts(connection)]
    }

    /// What Redis says about itself. All of it is in `INFO`, which hosted servers allow where they forbid `CONFIG GET`.
    static func findings(info text: String) -> [Finding] {
        let info = fields(text)
        let others = [memory(info), disk(info), topology(info)]
        return [
            version(info),
            .expecting(
                info["maxmemory_policy"] == "noeviction", "redis.maxmemory-policy", info["maxmemory_policy"] ?? "unknown",
                remedy:
                    "Jobs must never be evicted: set maxmemory-policy noeviction in redis.conf, or CONFIG SET maxmemory-policy noeviction."),
            .expecting(
                info["aof_enabled"] == "1", "redis.persistence",
                info["aof_enabled"] == "1" ? "append-only file on" : "append-only file off", else: .warning,
                remedy: "After a restart all jobs would have to be put back: set appendonly yes, or CONFIG SET appendonly yes."),
        ] + others.compactMap(\.self)
    }

    private static func fields(_ info: String) -> [String: String] {
        let pairs = info.split(whereSeparator: \.isNewline).compactMap { line -> (String, String)? in
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            return parts.count == 2 ? (parts[0], parts[1]) : nil
        }
        return Dictionary(pairs) { $1 }
    }

    private static func version(_ info: [String: String]) -> Finding {
        // Valkey tells, as `redis_version`, which Redis it is compatible with.
        let text = info["redis_version"] ?? "unknown"
        let numbers = text.split(separator: ".").compactMap { Int($0) }
        let name = info["valkey_version"].map { "Valkey \($0), compatible with Redis \(text)" } ?? "Redis \(text)"
        return .expecting(
            !numbers.lexicographicallyPrecedes([6, 2]), "redis.version", name, remedy: "Install Redis 6.2 or newer, or Valkey.")
    }

    private static func memory(_ info: [String: String]) -> Finding? {
        guard let used = info["used_memory"].flatMap({ Int($0) }), let most = info["maxmemory"].flatMap({ Int($0) }) else { return nil }
        guard most > 0 else { return .ok("redis.memory", "\(used >> 20) MiB used, no limit") }
        return .expecting(
            used < most / 5 * 4, "redis.memory", "\(used >> 20) of \(most >> 20) MiB used", else: .warning,
            remedy: "Raise maxmemory before it is full: Redis refuses new jobs then.")
    }

    private static func disk(_ info: [String: String]) -> Finding? {
        let failed = ["rdb_last_bgsave_status", "aof_last_write_status", "aof_last_bgrewrite_status"].filter { info[$0] == "err" }
        guard !failed.isEmpty else { return nil }
        return .problem(
            "redis.disk", "\(failed.joined(separator: ", ")): err",
            remedy: "Look at Redis's log; most often its disk is full or not writable.")
    }

    private static func topology(_ info: [String: String]) -> Finding? {
        if info["redis_mode"] == "cluster" {
            return .problem("redis.topology", "cluster", remedy: "Point REDIS_URL at a single Redis: Cluster is not supported yet.")
        }
        return .expecting(
            info["role"] != "slave", "redis.topology", info["role"] == "slave" ? "replica" : "single server",
            remedy: "Point REDIS_URL at the primary: a replica takes no writes.")
    }

    /// Every operation on a queue is a script.
    private func scripts(_ connection: RedisConnection) async -> Finding {
        do throws(RedisError) {
            _ = try await connection.send(
                "EVAL", "return redis.call('EXISTS', KEYS[1])", 1, "{mainstay}:doctor", timeout: Self.timeout)
            return .ok("redis.permissions", "scripts may run on our keys")
        } catch {
            return .problem(
                "redis.permissions", error.message,
                remedy: "Allow the user of REDIS_URL everything on our keys: ACL SETUSER name ~* &* +@all")
        }
    }
}
