import Logging

/// Looks at everything a process needs before it can do its work, without changing any of it.
public struct Doctor: Sendable {
    private let sources: SettingSources

    public init(_ sources: SettingSources) { self.sources = sources }

    /// In a fixed order: settings, process, PostgreSQL, Redis. A store whose URL is not set is not looked at.
    public func findings() async -> [Finding] {
        let settings = SettingsExamination(sources: sources)
        async let postgres = postgres()
        async let redis = redis()
        return await settings.findings() + ProcessExamination.findings() + postgres + redis
    }

    private func postgres() async -> [Finding] {
        guard sources.isSet(Settings.databaseURL.declaration.name), let url = try? sources.reader.value(of: Settings.databaseURL) else {
            return []
        }
        let size = (try? sources.reader.value(of: Settings.maximumPoolSize)) ?? 10
        return await PostgresExamination(url: url, maximumPoolSize: size).findings()
    }

    private func redis() async -> [Finding] {
        guard sources.isSet(Settings.redisURL.declaration.name), let url = try? sources.reader.value(of: Settings.redisURL) else {
            return []
        }
        return await RedisExamination(url: url).findings()
    }
}

extension Logger {
    /// What goes wrong is a finding, not a line of the log.
    static let silent = Logger(label: "doctor") { _ in SwiftLogNoOpLogHandler() }
}
