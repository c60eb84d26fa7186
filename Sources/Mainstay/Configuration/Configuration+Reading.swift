import BetterAuth
public import Configuration
import Foundation
import HTTPDelivery
import Logging
import PostgresClient
import Primitives
import RedisClient

extension Configuration {
    /// Reads and checks every variable.
    ///
    /// ## Configuration keys
    /// - `host` (string, default `127.0.0.1`), `port` (int, default 3000, 1...65535)
    /// - `base.url` (string, default `http://HOST:PORT`; `BETTER_AUTH_URL` is accepted in its place)
    /// - `database.url`, `redis.url` (string, required, secret)
    /// - `better.auth.secret` (string, required, secret, at least 32 characters)
    /// - `better.auth.trusted.origins` (comma list of origins, default none)
    /// - `encryption.keys` (string, required, secret): `2:base64,1:base64`, the first seals, all open; 32 bytes each
    /// - `log.level` (default `info`), `log.format` (`json` or `pretty`; default by whether standard error is a terminal)
    /// - `outgoing.allow` (comma list of CIDRs and hosts, default none)
    /// - `shutdown.grace` (ISO 8601 duration, default `PT25S`), `pool.max` (int, default 10), `worker.concurrency` (int, default 50)
    ///
    /// - Throws: ``ConfigurationError`` with every problem at once.
    public init(reader: ConfigReader) throws(ConfigurationError) {
        var check = ConfigurationChecker(reader: reader)
        host = check.string("host") ?? "127.0.0.1"
        port = check.int("port", default: 3000, in: 1...65535)
        baseURL = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        if let url = check.string("base.url") ?? check.string("better.auth.url") {
            if let origin = Self.origin(of: url) {
                baseURL = origin
            } else {
                check.fail("BASE_URL", "must be an http or https origin without a path, such as https://mainstay.example.com")
            }
        }
        databaseURL = check.required("database.url", example: "postgres://user:password@localhost:5432/mainstay") { url in
            (try? PostgresPoolConfiguration(url: url)) != nil
        }
        redisURL = check.required("redis.url", example: "redis://localhost:6379/0") { url in
            (try? Redis(url: url, logger: Logger(label: "configuration", factory: { _ in SwiftLogNoOpLogHandler() }))) != nil
        }
        authSecret = check.required(
            "better.auth.secret", example: "the output of: openssl rand -base64 48", expected: "at least 32 characters"
        ) { $0.utf8.count >= 32 }
        trustedOrigins = check.list("better.auth.trusted.origins", example: "https://app.example.com") { Self.origin(of: $0) }
        let keys = check.required(
            "encryption.keys", example: "1: followed by the output of: openssl rand -base64 32",
            expected: "a comma list of number:base64, each key 32 bytes"
        ) { EncryptionKeys($0) != nil }
        encryptionKeys = EncryptionKeys(keys) ?? .none
        logLevel = check.choice("log.level", among: Logger.Level.allCases, default: .info)
        logFormat = check.choice("log.format", among: LogFormat.allCases, default: isatty(STDERR_FILENO) == 1 ? .pretty : .json)
        outgoingAllow = check.list("outgoing.allow", example: "10.0.0.0/8,hooks.internal") { try? AllowedDestination($0) }
        shutdownGrace = check.duration("shutdown.grace", default: .seconds(25), in: .zero ... .seconds(3600))
        maximumPoolSize = check.int("pool.max", default: 10, in: 1...1000)
        workerConcurrency = check.int("worker.concurrency", default: 50, in: 1...10_000)
        guard check.problems.isEmpty else { throw ConfigurationError(problems: check.problems) }
    }

    /// `scheme://host[:port]` of an http or https URL that has nothing more; nil otherwise.
    static func origin(of text: String) -> String? {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https",
            let host = url.host, !host.isEmpty, url.path.isEmpty || url.path == "/", url.query == nil, url.fragment == nil, url.user == nil
        else { return nil }
        let port = url.port.map { ":\($0)" } ?? ""
        return "\(scheme)://\(host.lowercased())\(port)"
    }
}

/// Reads values one by one and remembers everything that was wrong with them.
private struct ConfigurationChecker {
    let reader: ConfigReader
    private(set) var problems: [ConfigurationError.Item] = []

    init(reader: ConfigReader) { self.reader = reader }

    mutating func fail(_ name: String, _ expected: String) { problems.append(.init(name: name, expected: expected)) }

    /// nil when unset or empty: an empty variable counts as one that is not set.
    func string(_ key: ConfigKey) -> String? {
        reader.string(forKey: key, isSecret: true).flatMap { $0.isEmpty ? nil : $0 }
    }

    mutating func required(
        _ key: ConfigKey, example: String, expected: String? = nil, _ isValid: (String) -> Bool
    ) -> String {
        let what = "\(expected ?? "a URL"), such as \(example)"
        guard let value = string(key) else {
            fail(Self.variable(key), "is not set; it must be \(what)")
            return ""
        }
        if !isValid(value) { fail(Self.variable(key), "must be \(what)") }
        return value
    }

    mutating func int(_ key: ConfigKey, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        guard let text = string(key) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            fail(Self.variable(key), "must be a whole number from \(range.lowerBound) to \(range.upperBound), such as \(fallback)")
            return fallback
        }
        return value
    }

    mutating func duration(_ key: ConfigKey, default fallback: Duration, in range: ClosedRange<Duration>) -> Duration {
        guard let text = string(key) else { return fallback }
        guard let value = Duration(iso8601: text), range.contains(value) else {
            fail(Self.variable(key), "must be an ISO 8601 duration up to \(range.upperBound.iso8601), such as \(fallback.iso8601)")
            return fallback
        }
        return value
    }

    mutating func choice<Choice: RawRepresentable<String>>(_ key: ConfigKey, among all: [Choice], default fallback: Choice) -> Choice {
        guard let text = string(key) else { return fallback }
        guard let value = Choice(rawValue: text.lowercased()) else {
            fail(Self.variable(key), "must be one of: \(all.map(\.rawValue).joined(separator: ", "))")
            return fallback
        }
        return value
    }

    mutating func list<Element>(_ key: ConfigKey, example: String, _ parse: (String) -> Element?) -> [Element] {
        guard let text = string(key) else { return [] }
        let parts = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        let values = parts.compactMap(parse)
        if values.count != parts.count { fail(Self.variable(key), "must be a comma list such as \(example)") }
        return values
    }

    private static func variable(_ key: ConfigKey) -> String { key.components.joined(separator: "_").uppercased() }
}
