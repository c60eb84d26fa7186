import JSON

/// Where the value of a setting came from.
public enum SettingOrigin: Sendable, Hashable {
    /// The option as it was written, `--port` or `--set`.
    case commandLine(option: String)
    /// The variable, which may be another name of the setting.
    case environment(name: String)
    case file(path: String, line: Int)
    /// `dev` made it, or will when it runs; what it is.
    case made(String)
    case fallback
    /// A reader of the program that embeds us.
    case reader
}

extension SettingOrigin: CustomStringConvertible {
    public var description: String {
        switch self {
        case .commandLine(let option): "the command line, \(option)"
        case .environment(let name): "the environment, \(name)"
        case .file(let path, let line): "\(path), line \(line)"
        case .made(let what): "dev: \(what)"
        case .fallback: "default"
        case .reader: "the program"
        }
    }
}

extension SettingOrigin {
    /// Whether somebody said so, rather than the program.
    var isExplicit: Bool {
        switch self {
        case .commandLine, .environment, .file: true
        case .made, .fallback, .reader: false
        }
    }

    var json: JSONValue {
        switch self {
        case .commandLine(let option): ["kind": "command-line", "option": .string(option)]
        case .environment(let name): ["kind": "environment", "variable": .string(name)]
        case .file(let path, let line): ["kind": "file", "file": .string(path), "line": .number(line)]
        case .made(let what): ["kind": "dev", "detail": .string(what)]
        case .fallback: ["kind": "default"]
        case .reader: ["kind": "program"]
        }
    }
}
