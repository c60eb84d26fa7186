import Configuration
import Logging
import Primitives
import Synchronization
import Testing

@testable import Mainstay

@Suite struct ConfigurationTests {
    private static let complete = [
        "DATABASE_URL": "postgres://mainstay:secret@localhost/mainstay", "REDIS_URL": "redis://localhost:6379",
        "BETTER_AUTH_SECRET": String(repeating: "s", count: 32), "ENCRYPTION_KEYS": "1:" + Base64.encode([UInt8](repeating: 1, count: 32)),
    ]

    private func read(_ variables: [String: String]) throws(ConfigurationError) -> Mainstay.Configuration {
        try Mainstay.Configuration(reader: ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: variables)))
    }

    @Test("Four variables are enough; the rest has its defaults")
    func defaults() throws {
        let configuration = try read(Self.complete)
        #expect(configuration.host == "127.0.0.1" && configuration.port == 3000 && configuration.baseURL == "http://127.0.0.1:3000")
        #expect(configuration.logLevel == .info && configuration.trustedOrigins.isEmpty && configuration.outgoingAllow.isEmpty)
        #expect(configuration.corsOrigins.isEmpty && configuration.trustedProxies.isEmpty && configuration.metricsToken == nil)
        #expect(configuration.requestTimeout == .seconds(20))
        #expect(configuration.shutdownGrace == .seconds(25) && configuration.maximumPoolSize == 10 && configuration.workerConcurrency == 50)
    }

    @Test("What is set counts; what is empty counts as not set")
    func set() throws {
        let configuration = try read(
            Self.complete.merging([
                "HOST": "::1", "PORT": "8080", "LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json", "SHUTDOWN_GRACE": "PT1M", "POOL_MAX": "",
                "BETTER_AUTH_TRUSTED_ORIGINS": "https://App.example.com, http://localhost:5173",
                "OUTGOING_ALLOW": "10.0.0.0/8,hooks.internal", "CORS_ORIGINS": "https://app.example.com:443,*",
                "TRUSTED_PROXIES": "10.0.0.0/8, ::1", "METRICS_TOKEN": "0123456789abcdef", "REQUEST_TIMEOUT": "PT5S",
            ]) { $1 })
        #expect(configuration.baseURL == "http://[::1]:8080")
        #expect(configuration.logLevel == .debug && configuration.logFormat == .json && configuration.shutdownGrace == .seconds(60))
        #expect(configuration.maximumPoolSize == 10)
        #expect(configuration.trustedOrigins == ["https://app.example.com", "http://localhost:5173"])
        #expect(configuration.outgoingAllow.count == 2)
        #expect(configuration.corsOrigins == ["https://app.example.com", "*"])
        #expect(
            configuration.trustedProxies == [AddressBlock("10.0.0.0/8"), AddressBlock("::1")]
                && configuration.metricsToken == "0123456789abcdef")
        #expect(configuration.requestTimeout == .seconds(5))
        #expect(try read(Self.complete.merging(["BETTER_AUTH_URL": "https://a.example/"]) { $1 }).baseURL == "https://a.example")
    }

    @Test("Every setting of the table is read, and nothing else")
    func table() throws {
        let recorder = KeyRecorder()
        let provider = EnvironmentVariablesProvider(environmentVariables: Self.complete)
        _ = try Mainstay.Configuration(reader: ConfigReader(provider: provider, accessReporter: recorder))
        let counts = recorder.counts.withLock { $0 }
        #expect(Set(counts.keys) == Set(Settings.allNames))
        // Once for its check and once for its value; those that others derive from, more often.
        #expect(counts.filter { $0.value < 2 }.isEmpty)
    }

    @Test("Every problem at once, by the variable's name, and never the value")
    func problems() {
        let bad = [
            "DATABASE_URL": "mysql://hunter2", "BETTER_AUTH_SECRET": "hunter2", "ENCRYPTION_KEYS": "1:hunter2", "PORT": "hunter2",
            "LOG_LEVEL": "hunter2",
            "LOG_FORMAT": "hunter2", "OUTGOING_ALLOW": "10.0.0.0/99", "SHUTDOWN_GRACE": "hunter2", "POOL_MAX": "0",
            "WORKER_CONCURRENCY": "-1",
            "BASE_URL": "postgres://u:hunter2@host", "BETTER_AUTH_TRUSTED_ORIGINS": "hunter2", "CORS_ORIGINS": "https://a.example,hunter2",
            "TRUSTED_PROXIES": "hunter2", "METRICS_TOKEN": "hunter2", "REQUEST_TIMEOUT": "hunter2", "HOST": "hunter2 hunter2",
        ]
        #expect {
            try read(bad)
        } throws: { error in
            let error = error as? ConfigurationError
            return Set(error?.problems.map(\.name) ?? []) == Set(bad.keys).union(["REDIS_URL"])
                && "\(error.map(String.init(describing:)) ?? "hunter2")".contains("hunter2") == false
        }
    }
}

/// Counts how often each variable was asked for.
private final class KeyRecorder: AccessReporter {
    let counts = Mutex<[String: Int]>([:])

    func report(_ event: AccessEvent) {
        let name = event.metadata.key.components.joined(separator: "_").uppercased()
        counts.withLock { $0[name, default: 0] += 1 }
    }
}
