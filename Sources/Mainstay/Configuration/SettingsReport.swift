public import JSON

/// The values that a process would run with, without secrets, and where each comes from.
public struct SettingsReport: Sendable {
    public struct Entry: Sendable {
        public let setting: SettingDeclaration
        /// What may be shown of the value as the program uses it; without one, what happens then; of one that cannot be used, no more than its
        /// length.
        public let shown: String
        /// What the value leads to: `22 for each process`.
        public var effect: String?
        /// Whether there is a value and it can be used.
        public let hasValue: Bool
        /// nil where a value is missing.
        public let origin: SettingOrigin?
        public let problem: ConfigurationError.Problem?
    }

    public let mode: ConfigurationMode
    public let entries: [Entry]
    /// Those of the entries, and those of no entry.
    public let problems: [ConfigurationError.Problem]
    public let warnings: [String]

    public init(_ sources: SettingSources) {
        let reader = sources.reader
        mode = sources.mode
        let problems = sources.problems
        entries = Settings.all.map { setting in
            let found = reader.find(setting)
            let own = problems.filter { $0.origin != nil && Settings.named($0.name)?.name == setting.name }
            if let problem = own.first(where: { $0.origin == found.origin }) {
                return Entry(setting: setting, shown: Self.invalid(found.text), hasValue: false, origin: found.origin, problem: problem)
            }
            // A line that cannot be read, of a setting that nobody else sets: a default does not take its place.
            if let problem = own.first, found.origin?.isExplicit != true {
                return Entry(setting: setting, shown: Self.invalid(nil), hasValue: false, origin: problem.origin, problem: problem)
            }
            let value = found.text.map { (try? setting.effective($0)) ?? $0 }
            return Entry(
                setting: setting, shown: value.map { Self.show($0, setting) } ?? Self.absence(of: setting, in: sources.mode),
                effect: found.text.flatMap { try? setting.effect($0) }, hasValue: value?.isEmpty == false, origin: found.origin,
                problem: reader.problem(of: setting))
        }
        self.problems = problems
        warnings = sources.warnings
    }

    private static func show(_ text: String, _ setting: SettingDeclaration) -> String {
        text.isEmpty ? "none" : SecretMask.show(text, of: setting)
    }

    /// What was meant for another setting may be a secret.
    private static func invalid(_ text: String?) -> String {
        text.map { "not valid (\($0.count) character\($0.count == 1 ? "" : "s"))" } ?? "not valid"
    }

    private static func absence(of setting: SettingDeclaration, in mode: ConfigurationMode) -> String {
        switch setting.fallback(in: mode) {
        case .required: "not set"
        case .absent(let meaning): "not set: \(meaning)"
        case .derived(let words, _): words
        case .made: "not made yet"
        case .value: "none"
        }
    }

    /// `{mode, valid, settings: [{name, value, effect, secret, origin, problem}], problems, warnings}`.
    public var json: JSONValue {
        [
            "mode": .string(mode.rawValue), "valid": .bool(problems.isEmpty),
            "settings": .array(
                entries.map { entry in
                    [
                        "name": .string(entry.setting.name), "value": entry.hasValue ? .string(entry.shown) : .null,
                        "effect": .string(orNull: entry.effect),
                        "secret": .bool(entry.setting.isSecret), "origin": entry.origin?.json ?? .null,
                        "problem": .string(orNull: entry.problem?.message),
                    ]
                }),
            "problems": .array(
                problems.map {
                    ["name": .string($0.name), "message": .string($0.message), "origin": $0.origin?.json ?? .null]
                }), "warnings": .array(warnings.map { .string($0) }),
        ]
    }
}
