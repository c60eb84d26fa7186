import Foundation

/// Settings in a file, one `NAME=value` a line.
///
/// - `#` at the start of a line, or after a space behind an unquoted value, begins a comment; `export ` before a name is allowed.
/// - In `'single quotes'` everything stands for itself; in `"double quotes"` `\n`, `\r`, `\t`, `\"`, `\\` and `\$` are escapes. Both may
///   hold line feeds, and lines that would set something by themselves; where it is one of our settings whose value holds a line that sets
///   another, somebody forgot to close the quotation. Nothing is ever expanded.
/// - The last of several lines with one name counts.
public struct DotEnv: Sendable {
    public struct Entry: Sendable, Hashable {
        public let value: String
        /// From 1.
        public let line: Int
    }

    public struct Malformed: Sendable, Hashable {
        /// From 1.
        public let line: Int
        /// nil where not even that could be read.
        public let name: String?
        /// What is wrong, as it follows "line 3"; never a value.
        public let reason: String
    }

    /// One of our settings, set by a line that is a part of another's quoted value.
    public struct Enclosed: Sendable, Hashable {
        public let name: String
        /// From 1.
        public let line: Int
        /// Where the quotation begins.
        public let quotation: Int
    }

    /// As it is shown to people.
    public let path: String
    public private(set) var entries: [String: Entry] = [:]
    public private(set) var malformed: [Malformed] = []
    public private(set) var enclosed: [Enclosed] = []

    public init(path: String, text: String) {
        self.path = path
        var parser = DotEnvParser(text: text)
        while let line = parser.next() {
            switch line {
            case .entry(let name, let entry): entries[name] = entry
            case .malformed(let problem): malformed.append(problem)
            }
        }
        enclosed = parser.enclosed
    }

    /// - Returns: nil when there is no such file and none is required.
    /// - Throws: ``ConfigurationError`` for a file that cannot be read.
    public static func read(_ path: String, isRequired: Bool = false) throws(ConfigurationError) -> DotEnv? {
        do throws(SettingsFile.Unreadable) {
            guard let text = try SettingsFile.text(of: path) else {
                throw SettingsFile.Unreadable(message: "is not UTF-8 text; save it as such")
            }
            return DotEnv(path: path, text: text)
        } catch {
            if error.isMissing, !isRequired { return nil }
            throw ConfigurationError(problems: [.init(name: path.isEmpty ? "--env-file" : path, origin: nil, message: error.message)])
        }
    }
}
