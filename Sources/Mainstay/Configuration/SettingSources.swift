import Configuration

/// Where settings come from, in this order: the command line, the environment, a file (`.env`), what `dev` makes; then the defaults.
///
/// An empty value counts as none, so the next source is asked.
public struct SettingSources: Sendable {
    private struct Source: Sendable {
        var values: [String: String] = [:]
        var origins: [String: SettingOrigin] = [:]
    }

    public private(set) var mode: ConfigurationMode
    public let filePath: String?
    private let arguments: SettingArguments
    private let environment: [String: String]
    private let file: DotEnv?
    private var made: [String: String] = [:]

    /// - Parameters:
    ///   - environment: the process's; only our names are read.
    ///   - file: what was read from `.env`; nil when there is none.
    public init(
        mode: ConfigurationMode, arguments: SettingArguments = .init(), environment: [String: String] = [:], file: DotEnv? = nil
    ) {
        self.mode = mode
        self.arguments = arguments
        self.environment = environment
        self.file = file
        filePath = file?.path
    }

    /// The same with values that `dev` made, by the names of their settings. They count for what is not set.
    public func adding(made: [String: String]) -> SettingSources {
        var sources = self
        sources.made.merge(made) { $1 }
        return sources
    }

    // The order is the precedence.
    private var sources: [Source] {
        var sources = [Source](repeating: Source(), count: 4)
        func put(_ name: String, _ value: String, _ origin: SettingOrigin, in index: Int) {
            guard !value.isEmpty else { return }
            sources[index].values[name] = value
            sources[index].origins[name] = origin
        }
        for name in Settings.allNames {
            if let entry = arguments.entries[name] { put(name, entry.value, .commandLine(option: entry.option), in: 0) }
            if let value = environment[name] { put(name, value, .environment(name: name), in: 1) }
            if let file, let entry = file.entries[name] { put(name, entry.value, .file(path: file.path, line: entry.line), in: 2) }
            if let value = made[name], case .made(let what)? = Settings.named(name)?.devFallback { put(name, value, .made(what), in: 3) }
        }
        return sources
    }

    var reader: SettingsReader {
        let secrets = SecretsSpecifier<String, String>.specific(Set(Settings.all.filter(\.isSecret).flatMap { [$0.name] + $0.otherNames }))
        let sources = sources
        let providers = sources.map { EnvironmentVariablesProvider(environmentVariables: $0.values, secretsSpecifier: secrets) }
        return SettingsReader(ConfigReader(providers: providers), mode: mode) { name in
            sources.lazy.compactMap { $0.origins[name] }.first ?? .fallback
        }
    }

    /// The same, read for another purpose.
    public func reading(for mode: ConfigurationMode) -> SettingSources {
        var sources = self
        sources.mode = mode
        return sources
    }

    /// The settings that lines of the file were meant for but cannot be read as.
    private var illegible: [(setting: SettingDeclaration, line: DotEnv.Malformed)] {
        (file?.malformed ?? []).compactMap { line in line.name.flatMap(Settings.named).map { ($0, line) } }
    }

    /// What is wrong with the sources themselves, whatever is read from them.
    private var ownProblems: [ConfigurationError.Problem] {
        arguments.problems
            + illegible.map { _, line in
                .init(name: line.name ?? "", origin: .file(path: file?.path ?? "", line: line.line), message: line.reason)
            }
    }

    /// Everything that is wrong with the sources and with some of the settings. In `dev`, what it will make is not missing, and nowhere is what
    /// stands on a line that cannot be read.
    private func problems(of settings: [SettingDeclaration]) -> [ConfigurationError.Problem] {
        let (reader, illegible) = (reader, Set(illegible.map(\.setting.name)))
        return ownProblems
            + settings.compactMap { setting in
                reader.problem(of: setting).flatMap { $0.origin == nil && illegible.contains(setting.name) ? nil : $0 }
            }
    }

    var problems: [ConfigurationError.Problem] { problems(of: Settings.all) }

    /// - Throws: ``ConfigurationError`` with every problem at once.
    public func check() throws(ConfigurationError) {
        let problems = problems
        guard problems.isEmpty else { throw ConfigurationError(problems: problems, warnings: warnings) }
    }

    /// - Throws: ``ConfigurationError`` with every problem at once.
    public func configuration() throws(ConfigurationError) -> Configuration {
        try check()
        return try Configuration(reader)
    }

    /// For commands that need nothing but the database.
    ///
    /// - Throws: ``ConfigurationError``.
    public func databaseURL() throws(ConfigurationError) -> String {
        let problems = problems(of: [Settings.databaseURL.declaration])
        guard problems.isEmpty else { throw ConfigurationError(problems: problems, warnings: warnings) }
        return try reader.value(of: Settings.databaseURL)
    }

    /// Whether somebody set `name`, rightly or wrongly.
    public func isSet(_ name: String) -> Bool {
        guard let setting = Settings.named(name) else { return false }
        return reader.find(setting).origin?.isExplicit == true || illegible.contains { $0.setting.name == setting.name }
    }
}

extension SettingSources {
    /// What looks like a mistake although nothing is wrong with it. Never holds a value.
    public var warnings: [String] {
        // Kubernetes tells of a service called mainstay by MAINSTAY_PORT=tcp://….
        misspelled(in: environment.filter { !$0.value.hasPrefix("tcp://") }.keys.sorted()) { "the environment, \($0)" }
            + misspelled(in: (file?.entries.sorted { $0.value.line < $1.value.line }.map(\.key)) ?? []) {
                "\(file?.path ?? ""), line \(file?.entries[$0]?.line ?? 0), \($0)"
            }
            + unreadable + enclosed + exposed
    }

    private func misspelled(in names: [String], place: (String) -> String) -> [String] {
        names.compactMap { name in
            guard Settings.named(name) == nil, let meant = NameSuggestion.variable(meantBy: name), !isSet(meant) else {
                return nil
            }
            return "\(place(name)) is no setting; did you mean \(meant)?"
        }
    }

    private var unreadable: [String] {
        guard let file else { return [] }
        return file.malformed.filter { $0.name.flatMap(Settings.named) == nil }.map { "\(file.path), line \($0.line), \($0.reason)" }
    }

    /// What may be meant to be a part of another's value; or a quotation mark may be missing.
    private var enclosed: [String] {
        (file?.enclosed ?? []).filter { !isSet($0.name) }.map {
            "\(file?.path ?? ""), line \($0.line), sets nothing: \($0.name) is within the quotation that begins on line \($0.quotation)"
        }
    }

    /// Other users of a machine see its processes' command lines.
    private var exposed: [String] {
        arguments.entries.keys.sorted().filter { Settings.named($0)?.isSecret == true }.map {
            "\($0) is on the command line, where every user of this machine can read it; set it in the environment or in .env"
        }
    }
}
