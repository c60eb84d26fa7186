/// Settings on a command line: `--port 8080`, `--port=8080` and `--set PORT=8080`.
///
/// swift-configuration's own provider would take several values behind one option, split them at commas and pass over unknown options.
public struct SettingArguments: Sendable {
    struct Entry: Sendable {
        var value: String
        /// As it was written.
        var option: String
    }

    /// By the variable's name.
    private(set) var entries: [String: Entry] = [:]
    private(set) var problems: [ConfigurationError.Problem] = []
    /// What belongs to no option, in the order written.
    public let words: [String]

    /// - Parameters:
    ///   - arguments: what the command did not recognize itself.
    ///   - assignments: each `NAME=value`, from `--set`. An option of the setting's own goes before it.
    public init(_ arguments: [String] = [], assignments: [String] = []) {
        var words: [String] = []
        var given: [(option: String, value: String?)] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-"), argument.count > 1 else {
                words.append(argument)
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 2 {
                given.append((parts[0], parts[1]))
            } else if Self.name(of: argument) ?? Self.nearest(to: argument) != nil, let next = rest.first, !next.hasPrefix("--") {
                given.append((argument, next))
                rest.removeFirst()
            } else {
                given.append((argument, nil))
            }
        }
        self.words = words
        for assignment in assignments { assign(assignment) }
        for (option, value) in given { take(option, value) }
    }

    private mutating func assign(_ assignment: String) {
        guard let equals = assignment.firstIndex(of: "=") else {
            problems.append(.init(name: "--set", origin: nil, message: "must be followed by NAME=value, such as PORT=8080"))
            return
        }
        let name = String(assignment[..<equals])
        guard Settings.named(name) != nil else {
            let meant = NameSuggestion.variable(meantBy: name)
            let shown = Self.isRepeatable(name) ? "--set \(name)" : "--set, followed by what is no name,"
            problems.append(.init(name: shown, origin: nil, message: "is no setting" + Self.question(meant)))
            return
        }
        entries[name] = Entry(value: String(assignment[assignment.index(after: equals)...]), option: "--set")
    }

    private mutating func take(_ option: String, _ value: String?) {
        guard let name = Self.name(of: option) else {
            let shown = Self.isRepeatable(option.drop { $0 == "-" }) ? option : "an argument that begins with a hyphen"
            problems.append(.init(name: shown, origin: nil, message: "is no option" + Self.question(Self.nearest(to: option))))
            return
        }
        guard let value else {
            problems.append(.init(name: option, origin: nil, message: "must be followed by a value"))
            return
        }
        entries[name] = Entry(value: value, option: option)
    }

    /// Says that words are not expected here.
    public mutating func refuseWords() {
        for word in words {
            // What looks like no command may be the value of a mistyped option, and secret.
            let name = word.wholeMatch(of: /[a-z-]{1,16}/) == nil ? "an argument" : word
            problems.append(.init(name: name, origin: nil, message: "is not expected here: settings are given as --name value"))
        }
    }

    /// Whether a text can be said again: anything but a name may be a value in the wrong place, and secret.
    private static func isRepeatable(_ name: some StringProtocol) -> Bool {
        name.utf8.count <= 32 && !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            }
    }

    private static func nearest(to option: String) -> String? {
        NameSuggestion.nearest(
            to: option.lowercased(), among: Settings.allNames.map(SettingDeclaration.option) + ["--set", "--env-file", "--help"])
    }

    private static func name(of option: String) -> String? { Settings.allNames.first { SettingDeclaration.option(of: $0) == option } }

    static func question(_ meant: String?) -> String { meant.map { "; did you mean \($0)?" } ?? "" }
}
