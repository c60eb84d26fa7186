public import JSON

/// What a command has to say: for people, for programs, and as an exit code.
public struct CommandReport: Hashable, Sendable {
    public enum Outcome: Int32, Sendable {
        case success = 0
        /// It could not be done.
        case failure = 1
        /// It was done, and found something: pending migrations, differences, lint.
        case findings = 3
    }

    public var text: String
    public var json: JSONValue
    public var outcome: Outcome

    public var exitCode: Int32 { outcome.rawValue }

    /// For commands of one's own beside those of ``DatabaseCommands``.
    public init(_ text: String, _ json: JSONValue, _ outcome: Outcome = .success) {
        self.text = text
        self.json = json
        self.outcome = outcome
    }

    init(_ error: MigrationError) {
        self.init(
            error.description,
            [
                "error": .object([
                    "code": .string(error.code.rawValue), "message": .string(error.description),
                    "sqlState": .string(orNull: error.sqlState),
                ])
            ], .failure)
    }

    /// What to print.
    public func output(asJSON: Bool) -> String { asJSON ? json.text() : text }
}
