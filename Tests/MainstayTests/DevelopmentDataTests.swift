import JSON
import Logging
import Migrations
import PostgresClient
import TestServices
import Testing

@testable import Mainstay

@Suite(.timeLimit(.minutes(10))) struct DevelopmentDataTests {
    private static let quiet: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    private func configuration(_ url: String, _ changes: [String: String] = [:]) throws -> Configuration {
        let settings = [
            "DATABASE_URL": url, "REDIS_URL": "redis://127.0.0.1:1", "BETTER_AUTH_SECRET": "a secret that is long enough for everybody",
            "ENCRYPTION_KEYS": "1:" + String(repeating: "A", count: 43) + "=",
        ]
        return try SettingSources(mode: .serve, environment: settings.merging(changes) { $1 }).configuration()
    }

    @Test("Seeding again adds only what is missing")
    func again() async throws {
        let url = try await TestServices.shared().freshDatabase()
        let configuration = try configuration(url)
        await #expect(throws: DatabaseCheckError.self) { _ = try await DevelopmentData.seed(configuration, logger: Self.quiet) }
        _ = try await MainstayDatabase.migrate(url, logger: Self.quiet)
        let first = try await DevelopmentData.seed(configuration, logger: Self.quiet)
        #expect(first.json["made"]?.array?.count == 6 && first.json["password"]?.string == "development", "\(first.text)")
        let second = try await DevelopmentData.seed(configuration, logger: Self.quiet)
        #expect(second.json["made"]?.array?.isEmpty == true && second.json["password"] == .null, "\(second.text)")
        #expect(second.json["project"] == first.json["project"])

        let pool = try PostgresPool(PostgresPoolConfiguration(url: url), logger: Self.quiet)
        try await running([pool]) {
            try await pool.withTransaction { transaction in
                try await transaction.execute("set local role mainstay_system")
                try await transaction.execute("delete from queue where name = 'mails'")
            }
        }
        let third = try await DevelopmentData.seed(configuration, logger: Self.quiet)
        #expect(third.json["made"] == [["kind": "queue", "name": "mails"]], "\(third.text)")
    }

    @Test(
        "Production is told by a server or an origin that is not on this machine",
        arguments: [
            ("postgresql://u@localhost/d", "http://localhost:3000", false),
            ("postgresql:///d?host=/run/postgresql", "http://[::1]:1", false),
            ("postgresql://u@%2Frun%2Fpostgresql/d", "http://127.0.0.1", false),
            ("postgresql://u@db.example.com/d", "http://localhost:3000", true),
            ("postgresql://u@localhost/d?hostaddr=10.0.0.1", "http://localhost:3000", true),
            ("postgresql://u@localhost,db.example.com/d", "http://localhost:3000", true),
            ("postgresql://u@127.0.0.1/d", "https://mainstay.example.com", true),
        ])
    func production(url: String, baseURL: String, isProduction: Bool) throws {
        let configuration = try configuration(url, ["BASE_URL": baseURL])
        #expect((DevelopmentData.signOfProduction(configuration) != nil) == isProduction)
    }

    @Test("Production is refused before anything is done; forced, it gets a password that nobody knows")
    func forced() async throws {
        let url = try await TestServices.shared().freshDatabase()
        _ = try await MainstayDatabase.migrate(url, logger: Self.quiet)
        let configuration = try configuration(url, ["BASE_URL": "https://mainstay.example.com"])
        await #expect(throws: DevelopmentDataError.self) { _ = try await DevelopmentData.seed(configuration, logger: Self.quiet) }
        let report = try await DevelopmentData.seed(configuration, isForced: true, logger: Self.quiet)
        #expect(report.json["password"]?.string?.count == 20 && report.json["made"]?.array?.count == 6, "\(report.text)")
    }
}
