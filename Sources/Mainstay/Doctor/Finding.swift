public import JSON

/// One thing that was looked at, what was seen, and how to mend it.
public struct Finding: Sendable, Hashable {
    public enum Level: String, Sendable {
        case ok
        /// It works, but not as well or as safely as it should.
        case warning
        /// It does not work, or loses data.
        case problem
    }

    /// A name that stays: `postgresql.fsync`.
    public let check: String
    public let level: Level
    /// Never holds a secret.
    public let seen: String
    /// One line; nil when there is nothing to mend.
    public let remedy: String?

    public static func ok(_ check: String, _ seen: String) -> Finding { Finding(check: check, level: .ok, seen: seen, remedy: nil) }

    public static func warning(_ check: String, _ seen: String, remedy: String) -> Finding {
        Finding(check: check, level: .warning, seen: seen, remedy: remedy)
    }

    public static func problem(_ check: String, _ seen: String, remedy: String) -> Finding {
        Finding(check: check, level: .problem, seen: seen, remedy: remedy)
    }

    /// `ok` when `condition` holds, else `level` with a remedy.
    static func expecting(
        _ condition: Bool, _ check: String, _ seen: String, else level: Level = .problem, remedy: String
    ) -> Finding {
        condition ? .ok(check, seen) : Finding(check: check, level: level, seen: seen, remedy: remedy)
    }

    public var json: JSONValue {
        ["check": .string(check), "level": .string(level.rawValue), "seen": .string(seen), "remedy": .string(orNull: remedy)]
    }
}

extension [Finding] {
    public var hasProblem: Bool { contains { $0.level == .problem } }
}
