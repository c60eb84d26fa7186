/// Where a server is, and how to sign in, read from a URL.
///
///     redis://localhost                              port 6379, database 0
///     redis://:secret@10.0.0.7:6380/2                a password alone, database 2
///     redis://ann:s3%20cret@redis.internal           a user of the server's access list
///     redis://[::1]:6379/0?protocol=2                RESP2 only
///     rediss://ann:secret@redis.internal:6380        the same over TLS
///     rediss://redis.internal?ca=/etc/redis/ca.pem   trusting this authority instead of the machine's
///     redis+unix:///run/redis/redis.sock?db=2        a socket; unix:// is the same
///     unix://:secret@/run/redis/redis.sock           with a password
///
/// User and password go to `AUTH`, the database to `SELECT`. What is special in a URL is written with percent signs (`@` is `%40`).
/// Options follow a `?`, joined by `&`: `db=n`, `protocol=2` or `3`, with `rediss` also `ca=path`. Anything else is an error.
public struct RedisURL: Sendable, Hashable {
    /// How the server is reached.
    public enum Address: Sendable, Hashable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    public var address: Address
    /// Of the server's access list; nil is its user `default`.
    public var user: String?
    /// Nil signs ``user`` in without a password; with ``user`` nil as well, there is no sign-in.
    public var password: String?
    /// The number of the database, from 0.
    public var database: Int
    /// Nil for a connection without TLS.
    public var tls: RedisTLS?
    /// The newest dialect to try.
    public var protocolVersion: RedisProtocol = .resp3

    public init(_ text: String) throws(RedisError) {
        guard let separator = text.firstRange(of: "://") else {
            throw Self.invalid("it has no scheme; write redis://host:port/database")
        }
        let scheme = text[..<separator.lowerBound].lowercased()
        var rest = text[separator.upperBound...]
        var query: Substring = ""
        if let mark = rest.firstIndex(of: "?") {
            query = rest[rest.index(after: mark)...]
            rest = rest[..<mark]
        }
        // The last @ before the path: a password may contain one that somebody forgot to encode.
        let authorityEnd = scheme == "redis" || scheme == "rediss" ? rest.firstIndex(of: "/") ?? rest.endIndex : rest.endIndex
        (user, password) = (nil, nil)
        if let at = rest[..<authorityEnd].lastIndex(of: "@") {
            let credentials = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = try Self.decode(credentials[0]).nonEmpty
            password = try credentials.count > 1 ? Self.decode(credentials[1]).nonEmpty : nil
            rest = rest[rest.index(after: at)...]
        }
        switch scheme {
        case "redis", "rediss":
            if scheme == "rediss" { tls = RedisTLS() }
            let slash = rest.firstIndex(of: "/") ?? rest.endIndex
            address = try Self.hostAndPort(rest[..<slash])
            database = try Self.database(rest[slash...].drop { $0 == "/" })
        case "redis+unix", "unix":
            guard rest.hasPrefix("/") else { throw Self.invalid("a socket's path must be absolute: \(scheme):///run/redis.sock") }
            address = .unix(path: try Self.decode(rest))
            database = 0
        default:
            throw Self.invalid("the scheme \(scheme):// is unknown; use redis://, rediss://, redis+unix:// or unix://")
        }
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            let value = parts.count == 2 ? parts[1] : ""
            switch parts[0] {
            case "db": database = try Self.database(value)
            case "protocol":
                guard let version = Int(value).flatMap({ RedisProtocol(rawValue: $0) }) else {
                    throw Self.invalid("protocol must be 2 or 3")
                }
                protocolVersion = version
            case "ca" where tls != nil && !value.isEmpty: tls?.authorityFile = try Self.decode(value)
            default: throw Self.invalid("the options are db=n and protocol=2, and with rediss:// ca=/path/to/ca.pem")
            }
        }
    }

    /// Odd hosts and ports are most often parts of a password.
    private static let hint = "What is special in a user name or password is written with percent signs: @ is %40, / is %2F"

    private static func hostAndPort(_ text: Substring) throws(RedisError) -> Address {
        var host = text
        var port: Substring?
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let tail = text[text.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { throw invalid("a port follows its address after a colon: [::1]:6379") }
            port = tail.isEmpty ? nil : tail.dropFirst()
        } else if let colon = text.lastIndex(of: ":") {
            (host, port) = (text[..<colon], text[text.index(after: colon)...])
        }
        guard let number = Int(port ?? "6379"), (1...65535).contains(number) else { throw invalid("the port must be 1 to 65535. \(hint)") }
        guard host.utf8.allSatisfy(isHostByte) else {
            throw invalid("the host has a character that no host has. \(hint)")
        }
        return .tcp(host: host.isEmpty ? "127.0.0.1" : String(host), port: number)
    }

    /// Of names, and of addresses of IPv6 with their zones.
    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: "-._:%".utf8.contains(byte)
        }
    }

    private static func database(_ text: Substring) throws(RedisError) -> Int {
        if text.isEmpty { return 0 }
        guard let number = Int(text), number >= 0 else { throw invalid("the database must be a number, as in redis://host:6379/0") }
        return number
    }

    private static func decode(_ text: Substring) throws(RedisError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte != UInt8(ascii: "%") {
                bytes.append(byte)
            } else if let code = UInt8(String(Substring(rest.prefix(2))), radix: 16), rest.count >= 2 {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                throw invalid("a % is not followed by two hexadecimal digits; write %25 for a percent sign")
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw invalid("what is written with percent signs is not UTF-8")
        }
        return decoded
    }

    private static func invalid(_ why: String) -> RedisError {
        RedisError(.invalidConfiguration, "the Redis URL cannot be used: \(why)", isRetrySafe: true)
    }
}

extension RedisURL: CustomStringConvertible {
    /// Without user and password.
    public var description: String {
        switch address {
        case .tcp(let host, let port): "redis\(tls == nil ? "" : "s")://\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)"
        case .unix(let path): "redis+unix://\(path)?db=\(database)"
        }
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
