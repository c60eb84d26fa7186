import Foundation
import Mail
import PostgresClient
import RedisClient

/// The stores' URLs as their clients read them, with what was left out, and with `***` for each password.
///
/// A URL that people and clients may read differently, because of characters that nobody encoded, stays as it is: its parts may be a password's.
enum EffectiveURL {
    static func postgres(_ text: String) -> String {
        guard isPlain(text), let all = try? PostgresPoolConfiguration(url: text).effectiveParameters else { return text }
        var parameters = Dictionary(all.map { ($0.keyword, $0.value) }) { first, _ in first }
        let hosts = list(parameters["host"])
        // Sockets, also the default one, have no place before the path.
        guard !hosts.contains(where: { $0.isEmpty || $0.hasPrefix("/") || $0.hasPrefix("@") }) else { return text }
        func take(_ keyword: String) -> String? { parameters.removeValue(forKey: keyword) }
        _ = take("host")
        let ports = list(take("port"))
        guard ports.count == hosts.count || ports.count == 1 else { return text }
        let places = hosts.indices.map { index in
            let port = ports[ports.count == 1 ? 0 : index]
            // libpq's own, for one that is left out of a list.
            return place(host: hosts[index], port: port.isEmpty ? "5432" : port)
        }
        let authority = credentials(user: take("user"), password: take("password")) + places.joined(separator: ",")
        let database = encoded(take("dbname") ?? "")
        let options = all.map(\.keyword).filter { parameters[$0] != nil }.map { "\($0)=\(encoded(parameters[$0] ?? "", besides: "/"))" }
        return "postgresql://\(authority)/\(database)" + (options.isEmpty ? "" : "?\(options.joined(separator: "&"))")
    }

    static func redis(_ text: String) -> String {
        guard isPlain(text), let url = try? RedisURL(text) else { return text }
        var options: [String] = []
        if url.protocolVersion == .resp2 { options.append("protocol=2") }
        if let authority = url.tls?.authorityFile { options.append("ca=\(encoded(authority, besides: "/"))") }
        switch url.address {
        case .tcp(let host, let port):
            let authority = credentials(user: url.user, password: url.password) + place(host: host, port: "\(port)")
            return "redis\(url.tls == nil ? "" : "s")://\(authority)/\(url.database)"
                + (options.isEmpty ? "" : "?\(options.joined(separator: "&"))")
        case .unix(let path):
            let authority = credentials(user: url.user, password: url.password)
            return "redis+unix://\(authority)\(path)?\((["db=\(url.database)"] + options).joined(separator: "&"))"
        }
    }

    static func smtp(_ server: SMTPConfiguration) -> String {
        let authority =
            credentials(user: server.user, password: server.password.map { _ in "" }) + place(host: server.host, port: "\(server.port)")
        return server.security == .tls ? "smtps://\(authority)" : "smtp://\(authority)?tls=\(server.security.rawValue)"
    }

    private static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    private static func credentials(user: String?, password: String?) -> String {
        let name = encoded(user ?? "")
        if password != nil { return "\(name):***@" }
        return name.isEmpty ? "" : "\(name)@"
    }

    private static func place(host: String, port: String) -> String {
        let isBare = host.contains(":") && !host.hasPrefix("[")
        return (isBare ? "[\(host)]" : host) + ":\(port)"
    }

    private static func encoded(_ text: String, besides more: String = "") -> String {
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~" + more)
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }

    /// Whether credentials end at the only @ there is, and hold nothing that ends them earlier for some.
    private static func isPlain(_ text: String) -> Bool {
        guard let separator = text.firstRange(of: "://") else { return false }
        let rest = text[separator.upperBound...]
        guard let at = rest.firstIndex(of: "@") else { return true }
        return rest.lastIndex(of: "@") == at && !rest[..<at].contains { "/?#&=".contains($0) }
    }
}
