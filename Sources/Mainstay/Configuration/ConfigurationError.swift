/// Everything that is wrong with a configuration, at once.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    public struct Problem: Sendable, Hashable {
        /// The setting; for what is none, the option or file.
        public let name: String
        /// Where the value came from; nil when there is none.
        public let origin: SettingOrigin?
        /// What it should have been, with an example; never the value it had.
        public let message: String
    }

    public let problems: [Problem]
    /// What may be the reason of some of them: a name that is misspelled, a line that cannot be read.
    public let warnings: [String]

    public init(problems: [Problem], warnings: [String] = []) {
        self.problems = problems
        self.warnings = warnings
    }

    public var description: String {
        let hints = warnings.map { "\n  \($0)" }.joined()
        if problems.count == 1, let problem = problems.first { return "The configuration has a problem: \(problem)\(hints)" }
        return "The configuration has \(problems.count) problems:\n" + problems.map { "  \($0)" }.joined(separator: "\n") + hints
    }
}

extension ConfigurationError.Problem: CustomStringConvertible {
    public var description: String { origin.map { "\(name) (from \($0)) \(message)" } ?? "\(name) \(message)" }
}

extension ConfigurationError.Problem {
    static func missing(_ setting: SettingDeclaration) -> Self {
        Self(name: setting.name, origin: nil, message: "is not set; it must be \(setting.expectation)")
    }

    static func malformed(_ setting: SettingDeclaration, _ origin: SettingOrigin, _ error: MalformedValue) -> Self {
        Self(name: setting.name, origin: origin, message: "must be \(setting.expectation)" + (error.reason.map { ": \($0)" } ?? ""))
    }
}

extension SettingDeclaration {
    fileprivate var expectation: String { "\(expected), such as \(example)" }
}
