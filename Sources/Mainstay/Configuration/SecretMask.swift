/// Shows values without giving away what is secret in them.
enum SecretMask {
    static func length(of text: String) -> String { "set (\(text.count) character\(text.count == 1 ? "" : "s"))" }

    /// What may be shown of a value.
    static func show(_ text: String, of setting: SettingDeclaration) -> String {
        switch setting.privacy {
        case .open: (text.contains("://") && text.contains("@") ? url(text) : text).printable
        case .secret: length(of: text)
        // What is no URL may be the password alone.
        case .url: (try? setting.check(text)) == nil ? length(of: text) : url(text).printable
        }
    }

    /// A URL without passwords, and without a lone user name where that may be a password; options keep their values when those are known
    /// to be harmless. Rather too much is hidden than too little: what a URL's parts are depends on who reads it.
    static func url(_ text: String) -> String {
        guard let separator = text.firstRange(of: "://") else { return length(of: text) }
        let scheme = text[..<separator.lowerBound]
        var rest = text[separator.upperBound...]
        var credentials = ""
        // The last @ of all: a password may contain anything that somebody forgot to encode.
        if let at = rest.lastIndex(of: "@") {
            // An @ among the options, or options that are a password's end.
            guard !rest[..<at].contains("?") else { return "\(scheme)://***" }
            credentials = user(of: rest[..<at], isAloneHarmless: scheme.hasPrefix("postgres")) + "@"
            rest = rest[rest.index(after: at)...]
        }
        var options = ""
        if let mark = rest.firstIndex(of: "?") {
            options = "?" + rest[rest.index(after: mark)...].split(separator: "&").map(option).joined(separator: "&")
            rest = rest[..<mark]
        }
        if let path = rest.firstIndex(of: "/"), ["%40", "%3a%2f", "%3f", "://", "#"].contains(where: rest[path...].lowercased().contains) {
            rest = rest[...path] + "***"
        }
        return "\(scheme)://\(credentials)\(rest)\(options)"
    }

    private static func user(of credentials: Substring, isAloneHarmless: Bool) -> String {
        let name = credentials.prefix { $0 != ":" }
        guard !name.contains(where: { "/#&=".contains($0) }), !name.lowercased().contains("%3a") else { return "***" }
        if name.endIndex == credentials.endIndex { return isAloneHarmless ? String(name) : "***" }
        return "\(name):***"
    }

    private static let harmless: Set<Substring> = [
        "host", "hostaddr", "port", "dbname", "user", "sslmode", "sslrootcert", "sslcert", "application_name", "connect_timeout",
        "target_session_attrs", "channel_binding", "db", "protocol", "ca", "tls",
    ]

    private static func option(_ text: Substring) -> String {
        let name = text.prefix { $0 != "=" }
        // A value that looks like a URL may be one, with a password of its own.
        let isNested = ["@", "%40", "://", "%3a%2f"].contains(where: text.lowercased().contains)
        return harmless.contains(name) && !isNested ? String(text) : "\(name)=***"
    }
}
