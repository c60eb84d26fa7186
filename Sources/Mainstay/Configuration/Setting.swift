/// What a process is about to do with its settings.
public enum ConfigurationMode: String, Sendable, CaseIterable {
    case serve, worker
    /// Everything in one process, where private servers and secrets made once take the place of what is not set.
    case dev
}

/// All that is known of one setting. Reading, errors, `.env.example`, `mainstay config` and the documentation derive from it.
public struct SettingDeclaration: Sendable {
    /// The environment variable; the option of `DATABASE_URL` is `--database-url`.
    public let name: String
    /// Names accepted in its place, which count where the first is not set.
    public let otherNames: [String]
    /// What a value has to be, as it follows "must be": `a whole number from 1 to 65535`.
    public let expected: String
    public let example: SettingExample
    public let fallback: SettingFallback
    /// What `dev` does without a value, where that differs.
    public let devFallback: SettingFallback?
    public let privacy: SettingPrivacy
    /// One sentence.
    public let meaning: String
    let check: @Sendable (String) throws(MalformedValue) -> Void
    /// A value that the setting accepts, as the program uses it.
    let effective: @Sendable (String) throws(MalformedValue) -> String
    /// What a value leads to, beside what it says: nil where that is all.
    let effect: @Sendable (String) throws(MalformedValue) -> String?

    public var isSecret: Bool { privacy != .open }

    public var option: String { Self.option(of: name) }

    func fallback(in mode: ConfigurationMode) -> SettingFallback { mode == .dev ? devFallback ?? fallback : fallback }

    static func option(of name: String) -> String { "--" + name.lowercased().replacing("_", with: "-") }
}

/// How a good value looks.
public enum SettingExample: Sendable, Hashable {
    case value(String)
    /// A command whose output is one: an example that can be copied would be copied, and a secret everybody knows is none.
    case output(of: String)
}

extension SettingExample: CustomStringConvertible {
    public var description: String {
        switch self {
        case .value(let text): text
        case .output(let command): "the output of: \(command)"
        }
    }
}

/// What counts when a setting is not set.
public enum SettingFallback: Sendable {
    /// There is no default: it has to be set.
    case required
    /// Nothing; what that means.
    case absent(String)
    /// A value, read like any other.
    case value(String)
    /// A value that follows from others, and how to put that into words.
    case derived(String, @Sendable (SettingsReader) -> String?)
    /// What `dev` makes, in words.
    case made(String)
}

/// How much of a value may be shown.
public enum SettingPrivacy: Sendable {
    /// All of it.
    case open
    /// A URL without its password.
    case url
    /// That it is set, and its length.
    case secret
}

/// A value that its setting does not accept.
struct MalformedValue: Error {
    /// What is wrong with it, without quoting it.
    var reason: String?
}

/// A declaration with the type of its values.
struct Setting<Value: Sendable>: Sendable {
    let declaration: SettingDeclaration
    let parse: @Sendable (String) throws(MalformedValue) -> Value

    init(
        _ name: String, or otherNames: [String] = [], _ kind: SettingKind<Value>, default fallback: SettingFallback,
        dev devFallback: SettingFallback? = nil, example: SettingExample, privacy: SettingPrivacy = .open, _ meaning: String,
        effect: (@Sendable (Value) -> String)? = nil
    ) {
        let (parse, write) = (kind.parse, kind.write)
        self.parse = parse
        declaration = SettingDeclaration(
            name: name, otherNames: otherNames, expected: kind.expected, example: example, fallback: fallback, devFallback: devFallback,
            privacy: privacy, meaning: meaning, check: { text throws(MalformedValue) in _ = try parse(text) },
            effective: { text throws(MalformedValue) in
                let value = try parse(text)
                return write?(value) ?? text
            },
            effect: { text throws(MalformedValue) in
                let value = try parse(text)
                return effect?(value)
            })
    }
}
