import CLibpq
import Glibc
import Primitives

/// Where and as whom to connect: the parameters of a URL, checked by libpq's own parser.
struct ConnectionTarget: Sendable {
    private(set) var parameters: [(keyword: String, value: String)] = []
    private let environment: @Sendable (String) -> String?

    /// - Parameter environment: Where libpq looks for what the URL leaves out; nil for a variable that is not set.
    init(
        url: String, environment: @escaping @Sendable (String) -> String? = { getenv($0).map { String(cString: $0) } }
    ) throws(PostgresError) {
        self.environment = environment
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
        if self["sslmode"] == nil, environment("PGSSLMODE") == nil, !isLocal {
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

    /// Whether nothing leaves this machine: unix sockets and loopback. Where a service leads only its file knows, so that it is not taken for local.
    private var isLocal: Bool {
        guard self["service"] == nil, environment("PGSERVICE") == nil else { return false }
        func list(_ keyword: String, _ variable: String) -> [Substring] {
            (self[keyword] ?? environment(variable) ?? "").split(separator: ",", omittingEmptySubsequences: false)
        }
        let (addresses, hosts) = (list("hostaddr", "PGHOSTADDR"), list("host", "PGHOST"))
        return (0..<max(addresses.count, hosts.count)).allSatisfy { index in
            // Where there is an address, that is dialled, and the name only compared with the certificate.
            if index < addresses.count, !addresses[index].isEmpty { return ConnectionTarget.isLoopback(addresses[index]) }
            guard index < hosts.count, let first = hosts[index].first else { return true }
            return first == "/" || first == "@" || hosts[index] == "localhost" || ConnectionTarget.isLoopback(hosts[index])
        }
    }

    private static func isLoopback(_ text: Substring) -> Bool {
        guard let address = IPAddress(String(text))?.unmapped else { return false }
        return address.family == .v4 ? address.bits >> 24 == 127 : address.bits == 1
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
