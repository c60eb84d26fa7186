public import Configuration

/// Reads settings, with their defaults, from a `ConfigReader`.
public struct SettingsReader: Sendable {
    private let reader: ConfigReader
    public let mode: ConfigurationMode
    /// Where the reader found a variable.
    private let origin: @Sendable (String) -> SettingOrigin

    /// - Parameter reader: asked for `database.url` when `DATABASE_URL` is read, and so on. An empty value counts as none.
    public init(_ reader: ConfigReader, mode: ConfigurationMode) {
        self.init(reader, mode: mode) { _ in .reader }
    }

    init(_ reader: ConfigReader, mode: ConfigurationMode, origin: @escaping @Sendable (String) -> SettingOrigin) {
        self.reader = reader
        self.mode = mode
        self.origin = origin
    }

    /// A value as text; `text` is nil when there is none, or none yet, and `origin` when there has to be one.
    struct Found {
        var text: String?
        var origin: SettingOrigin?
    }

    func find(_ setting: SettingDeclaration) -> Found {
        for name in [setting.name] + setting.otherNames {
            if let text = reader.string(forKey: Self.key(name), isSecret: setting.isSecret), !text.isEmpty {
                return Found(text: text, origin: origin(name))
            }
        }
        return switch setting.fallback(in: mode) {
        case .required: Found()
        case .absent: Found(origin: .fallback)
        case .value(let text): Found(text: text, origin: .fallback)
        case .derived(_, let derive): Found(text: derive(self), origin: .fallback)
        case .made(let what): Found(origin: .made(what))
        }
    }

    /// What is wrong with a setting; nil when nothing is.
    func problem(of setting: SettingDeclaration) -> ConfigurationError.Problem? {
        let found = find(setting)
        guard let origin = found.origin else { return .missing(setting) }
        guard let text = found.text else { return nil }
        do throws(MalformedValue) {
            try setting.check(text)
            return nil
        } catch {
            return .malformed(setting, origin, error)
        }
    }

    /// Nil when the setting is not set and has no default.
    func optional<Value>(_ setting: Setting<Value>) throws(ConfigurationError) -> Value? {
        let found = find(setting.declaration)
        guard let text = found.text, let origin = found.origin else { return nil }
        do throws(MalformedValue) {
            return try setting.parse(text)
        } catch {
            throw ConfigurationError(problems: [.malformed(setting.declaration, origin, error)])
        }
    }

    func value<Value>(of setting: Setting<Value>) throws(ConfigurationError) -> Value {
        guard let value = try optional(setting) else { throw ConfigurationError(problems: [.missing(setting.declaration)]) }
        return value
    }

    /// `database.url` for `DATABASE_URL`: what providers of environment variables turn back into the latter.
    static func key(_ name: String) -> ConfigKey { ConfigKey(name.lowercased().split(separator: "_").map(String.init)) }
}
