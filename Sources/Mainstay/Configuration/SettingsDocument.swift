/// What is written down about settings, made from their declarations.
public enum SettingsDocument {
    /// `.env.example`.
    public static var example: String {
        let sections = Settings.all.map { setting in
            """
            # \(setting.meaning.replacing("`", with: ""))
            # \(sentence(setting))
            # Default: \(fallback(setting).replacing("`", with: ""))
            \(line(setting))

            """
        }
        return """
            # Settings of Mainstay: copy this file to .env and fill in what has no default. `mainstay dev` needs none of it.
            # The command line and the environment go before .env; what is empty counts as not set.
            # Made by `mainstay config --example` from Sources/Mainstay/Configuration/Settings.swift.

            \(sections.joined(separator: "\n"))
            """
    }

    /// A table in Markdown: variable, default, meaning.
    public static var table: String {
        let rows = Settings.all.map { "| \(names($0)) | \(cell(fallback($0))) | \(cell($0.meaning)) |" }
        return (["| variable | default | meaning |", "| --- | --- | --- |"] + rows).joined(separator: "\n") + "\n"
    }

    /// A table in Markdown: variable, what is expected, an example.
    public static var values: String {
        let rows = Settings.all.map { setting in
            let example =
                switch setting.example {
                case .value(let text): "`\(cell(text))`"
                case .output(let command): "output of `\(cell(command))`"
                }
            return "| `\(setting.name)` | \(cell(setting.expected)) | \(example) | \(setting.isSecret ? "yes" : "no") |"
        }
        return (["| variable | expected | example | secret |", "| --- | --- | --- | --- |"] + rows).joined(separator: "\n") + "\n"
    }

    /// Every setting's option, for `--help`.
    public static var options: String { Settings.all.map(\.option).joined(separator: ", ") }

    private static func sentence(_ setting: SettingDeclaration) -> String {
        let expected = setting.expected.replacing("`", with: "")
        let text = expected.prefix(1).uppercased() + expected.dropFirst()
        return switch setting.example {
        case .value(let example): "\(text), such as \(example)"
        case .output(let command): "\(text): \(command)"
        }
    }

    private static func line(_ setting: SettingDeclaration) -> String {
        switch setting.fallback {
        case .required: "\(setting.name)="
        case .value(let text): "#\(setting.name)=\(text)"
        case .absent, .derived, .made: "#\(setting.name)="
        }
    }

    private static func names(_ setting: SettingDeclaration) -> String {
        let others = setting.otherNames.map { ", or `\($0)`" }.joined()
        return "`\(setting.name)`\(others)"
    }

    private static func fallback(_ setting: SettingDeclaration) -> String {
        let usual = words(setting.fallback)
        guard let dev = setting.devFallback else { return usual }
        return "\(usual); `dev`: \(words(dev))"
    }

    private static func words(_ fallback: SettingFallback) -> String {
        switch fallback {
        case .required: "none, required"
        case .absent(let meaning): "none: \(meaning)"
        case .value(let text): text.isEmpty ? "none" : "`\(text)`"
        case .derived(let words, _), .made(let words): words
        }
    }

    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
}
