import Foundation
import PostgresClient
import Primitives
import TestServices
import Testing

@testable import Mainstay

@Suite("Doctor") struct DoctorTests {
    @Test(
        "A clock that differs is a warning, one that differs much a problem",
        arguments: [(0, .ok), (5, .warning), (-5, .warning), (60, .problem), (-60, .problem)] as [(Int, Finding.Level)])
    func clocks(seconds: Int, level: Finding.Level) async throws {
        let probe = try await StoreMeasurement.run { Timestamp.now + .seconds(seconds) }
        let finding = try #require(probe.findings("store").first { $0.check == "store.clock" })
        #expect(finding.level == level && (finding.remedy == nil) == (level == .ok))
    }

    @Test("A store far away is a warning")
    func latency() async throws {
        let near = StoreMeasurement(latency: .milliseconds(1), clockDifference: .zero).findings("store")
        let far = StoreMeasurement(latency: .milliseconds(80), clockDifference: .zero).findings("store")
        #expect(near.map(\.level) == [.ok, .ok] && far.map(\.level) == [.warning, .ok])
    }

    @Test(
        "What Redis says of itself is judged",
        arguments: [
            ("redis_version:6.2.0", "redis.version", .ok), ("redis_version:6.0.16", "redis.version", .problem),
            ("redis_version:10.0.0", "redis.version", .ok), ("", "redis.version", .problem),
            ("maxmemory_policy:noeviction", "redis.maxmemory-policy", .ok),
            ("maxmemory_policy:volatile-ttl", "redis.maxmemory-policy", .problem),
            ("", "redis.maxmemory-policy", .problem), ("aof_enabled:1", "redis.persistence", .ok),
            ("aof_enabled:0", "redis.persistence", .warning),
            ("used_memory:70\nmaxmemory:100", "redis.memory", .ok), ("used_memory:90\nmaxmemory:100", "redis.memory", .warning),
            ("used_memory:90\nmaxmemory:0", "redis.memory", .ok), ("aof_last_write_status:err", "redis.disk", .problem),
            ("role:slave", "redis.topology", .problem), ("role:master\nredis_mode:standalone", "redis.topology", .ok),
            ("role:master\nredis_mode:cluster", "redis.topology", .problem),
        ] as [(String, String, Finding.Level)])
    func redis(info: String, check: String, level: Finding.Level) throws {
        let findings = RedisExamination.findings(info: "# Server\r\n" + info.replacing("\n", with: "\r\n") + "\r\n")
        #expect(try #require(findings.first { $0.check == check }).level == level)
    }

    @Test(
        "Settings that let in or out more than anybody can mean are a warning",
        arguments: [
            ("TRUSTED_PROXIES", "0.0.0.0/0", "0.0.0.0/0"), ("TRUSTED_PROXIES", "10.0.0.0/8,0:0::/0", "::/0"),
            ("TRUSTED_PROXIES", "8.0.0.0/7", "8.0.0.0/7"), ("TRUSTED_PROXIES", "2000::/15", "2000::/15"),
            ("TRUSTED_PROXIES", "10.0.0.0/8,fd00::/8", nil), ("TRUSTED_PROXIES", "2001::/16", nil),
            ("OUTGOING_ALLOW", "0.0.0.0/0", "169.254.169.254"), ("OUTGOING_ALLOW", "8.0.0.0/7", "nearly every address"),
            ("OUTGOING_ALLOW", "::/0", "::/0 is nearly every address"), ("OUTGOING_ALLOW", "10.0.0.0/8,169.254.0.0/16", "169.254.169.254"),
            ("OUTGOING_ALLOW", "169.254.170.0/24", "link-local"), ("OUTGOING_ALLOW", "*.internal", "metadata.google.internal"),
            ("OUTGOING_ALLOW", "10.0.0.0/8,hooks.internal", nil), ("CORS_ORIGINS", "https://app.example.com,*", "*"),
            ("CORS_ORIGINS", "https://app.example.com", nil),
        ] as [(String, String, String?)])
    func reach(name: String, value: String, seen: String?) throws {
        let usual = ["BASE_URL": "https://mainstay.example.com", "TRUSTED_PROXIES": "10.0.0.1"]
        let environment = usual.merging([name: value]) { $1 }
        for mode in ConfigurationMode.allCases {
            let findings = ReachExamination(sources: SettingSources(mode: mode, environment: environment)).findings()
            let finding = findings.first { $0.check == "settings.\(name)" }
            #expect(finding?.level ?? .ok == (seen == nil ? .ok : .warning))
            if let seen { #expect(finding?.seen.contains(seen) == true && finding?.remedy?.contains("such as") == true) }
        }
    }

    @Test("A wildcard for origins is for development")
    func originsOfDevelopment() {
        let sources = SettingSources(mode: .serve, environment: ["BASE_URL": "http://localhost:3000", "CORS_ORIGINS": "*"])
        #expect(ReachExamination(sources: sources).findings().isEmpty)
    }

    @Test("A pipe's permissions are nobody's business")
    func permissions() {
        let file = DotEnv(path: "/dev/stdin", text: "")
        #expect(!SettingsExamination(sources: SettingSources(mode: .dev, file: file)).findings().contains { $0.check == "settings.file" })
    }

    @Test("A first connection is waited for only where the server may be starting", .timeLimit(.minutes(10)))
    func firstConnection() async throws {
        let url = try await TestServices.shared().freshDatabase()
        let final = try await Self.failure(url: url.replacing(/\/[^\/?]+(?=\?|$)/, with: "/no_such_database"))
        #expect(final.sqlState == "3D000")
        // Told once, and nothing after: a wait for more would not end.
        let refused = FirstConnection()
        refused.observer.connectionFailed?(final)
        let error = await #expect(throws: PostgresError.self) { try await refused.wait() }
        #expect(error?.sqlState == "3D000")

        let passing = try await Self.failure(url: "postgresql://127.0.0.1:1/x", within: .milliseconds(200))
        let awaited = FirstConnection()
        awaited.observer.connectionFailed?(passing)
        awaited.observer.connectionOpened?()
        try await awaited.wait()
    }

    /// Why a server takes no connection: said at once where it never will.
    private static func failure(url: String, within time: Duration = .seconds(60)) async throws -> PostgresError {
        var settings = try PostgresPoolConfiguration(url: url)
        settings.acquireTimeout = time
        let pool = try PostgresPool(settings, logger: .silent)
        let error = await #expect(throws: PostgresError.self) { try await running([pool]) { try await pool.query("select 1") } }
        return try #require(error)
    }

    @Test("Stores that are set are looked at, on real servers, and nothing is changed")
    func stores() async throws {
        let services = try await TestServices.shared()
        let url = try await services.freshDatabase()
        let environment = ["DATABASE_URL": url, "REDIS_URL": services.redisURL]
        let findings = await Doctor(SettingSources(mode: .dev, environment: environment)).findings()
        func level(_ check: String) -> Finding.Level? { findings.first { $0.check == check }?.level }
        #expect(level("postgresql.fsync") == .warning && level("redis.persistence") == .warning, "the tests' servers are not durable")
        #expect(level("postgresql.version") == .ok && level("redis.maxmemory-policy") == .ok && level("settings") == .ok)
        #expect(level("postgresql.migrations") == .problem)
        let again = await Doctor(SettingSources(mode: .dev, environment: environment)).findings()
        // How quickly a busy machine answers is another matter, and the cluster's roles are made by whichever test migrates first.
        let steady = { (findings: [Finding]) in
            findings.filter { finding in
                ![".latency", ".clock"].contains(where: finding.check.hasSuffix) && !finding.check.hasPrefix("postgresql.role.")
            }
        }
        #expect(steady(again).map(\.check) == steady(findings).map(\.check))
        #expect(steady(again).map(\.level) == steady(findings).map(\.level))
        #expect(await Doctor(SettingSources(mode: .dev)).findings().allSatisfy { !$0.check.hasPrefix("postgresql.") })
    }
}
