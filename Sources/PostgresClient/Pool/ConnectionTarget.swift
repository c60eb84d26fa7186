import CLibpq
import Glibc

/// Where and as whom to connect: the parameters of a URL, checked by libpq's own parser.
struct ConnectionTarget: Sendable {
    private(set) var parameters: [(keyword: String, value: String)] = []

    init(url: String) throws(PostgresError) {
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
            throw PostgresError(
                .invalidConfiguration, "the database URL must begin with postgresql:// or postgres://", isRetrySafe: true
            )
        }
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &message) else {
            defer { PQfreemem(message) }
            throw PostgresError(
                .invalidConfiguration, "the database URL is malformed: " + ConnectionTarget.withoutSecrets(message), isRetrySafe: true
            )
        }
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parameters.append((String(cString: keyword), String(cString: value))) }
            option += 1
        }
        if self["sslmode"] == nil, getenv("PGSSLMODE") == nil, !isLocal {
            parameters.append(("sslmode", "verify-full"))
            // libpq before 16 cannot be told to use the system's roots, only where they are.
            let systemRoots = "/etc/ssl/certs/ca-certificates.crt"
            if self["sslrootcert"] == nil, access(systemRoots, R_OK) == 0 { parameters.append(("sslrootcert", systemRoots)) }
        }
    }

    subscript(keyword: String) -> String? { parameters.first { $0.keyword == keyword }?.value }

    /// Port, user and database where the URL names none: from the environment, or libpq's own.
    var defaults: [(keyword: String, value: String)] {
        guard let options = PQconndefaults() else { return [] }
        defer { PQconninfoFree(options) }
        var found: [(keyword: String, value: String)] = []
        var option = options
        while let keyword = option.pointee.keyword.map({ String(cString: $0) }) {
            if ["port", "user", "dbname"].contains(keyword), self[keyword] == nil, let value = option.pointee.val {
                found.append((keyword, String(cString: value)))
            }
            option += 1
        }
        let isNamed = self["dbname"] != nil || found.contains { $0.keyword == "dbname" }
        if !isNamed, let user = self["user"] ?? found.first(where: { $0.keyword == "user" })?.value { found.append(("dbname", user)) }
        return found
    }

    /// Whether nothing leaves this machine: unix sockets and loopback.
    private var isLocal: Bool {
        let hosts = self["hostaddr"] ?? self["host"] ?? getenv("PGHOST").map { String(cString: $0) } ?? ""
        return hosts.split(separator: ",").allSatisfy { host in
            host.hasPrefix("/") || host.hasPrefix("@") || host == "localhost" || host.hasPrefix("127.") || host == "::1"
        }
    }

    /// libpq quotes what it could not parse, and that may be the password.
    private static func withoutSecrets(_ message: UnsafePointer<CChar>?) -> String {
        guard let message else { return "out of memory" }
        let text = String(cString: message).trimmed
        // The one message that quotes a keyword, never a value.
        if text.hasPrefix("invalid URI query parameter") { return text }
        guard let quote = text.firstIndex(of: "\"") else { return text }
        return text[..<quote].description.trimmed + " …"
    }
}

extension ConnectionTarget: CustomStringConvertible {
    var description: String {
        let host = self["host"] ?? self["hostaddr"] ?? "the default socket"
        return "\(self["user"] ?? "?")@\(host):\(self["port"] ?? "5432")/\(self["dbname"] ?? self["user"] ?? "?")"
    }
}
