/// Where the running servers are. Ports and process ids are 0, and URLs empty, for a server that was stopped or not asked for; one that
/// was killed keeps its port and URL for its restart.
extension DevServices {
    /// The database `mainstay` as its owner, the role `mainstay`: `postgres://mainstay:…@127.0.0.1:PORT/mainstay`. Holds a password.
    public var databaseURL: String { databaseURL("mainstay") }

    /// The database `postgres` as the superuser, for what an owner may not do. Holds a password.
    public var superuserURL: String { url(user: "postgres", password: postgres?.state.superuserPassword, database: "postgres") }

    /// `redis://default:…@127.0.0.1:PORT/0`. Holds a password.
    public var redisURL: String {
        guard let redis, redisPort > 0 else { return "" }
        return "redis://default:\(redis.password)@127.0.0.1:\(redisPort)/0"
    }

    /// The folder of PostgreSQL's unix socket, as libpq's `host` takes it.
    public var postgresSocketFolder: String { postgres?.folder.sockets ?? "" }

    /// PostgreSQL's port on 127.0.0.1.
    public var postgresPort: Int { (try? running(.postgres))?.port ?? 0 }
    /// Redis's port on 127.0.0.1.
    public var redisPort: Int { (try? running(.redis))?.port ?? 0 }

    /// PostgreSQL's first process, for tests that stop or kill it.
    public var postgresPID: Int32 { pid(of: .postgres) }
    /// For tests that stop or kill it.
    public var redisPID: Int32 { pid(of: .redis) }

    private func pid(of server: Server) -> Int32 {
        guard let supervisor = (try? running(server))?.supervisor, !supervisor.hasEnded else { return 0 }
        return supervisor.serverPID
    }

    /// The URL of another database, as the role `mainstay`.
    func databaseURL(_ name: String) -> String { url(user: "mainstay", password: postgres?.state.ownerPassword, database: name) }

    private func url(user: String, password: String?, database: String) -> String {
        guard let password, postgresPort > 0 else { return "" }
        return "postgres://\(user):\(password)@127.0.0.1:\(postgresPort)/\(percentEncoded(database))"
    }
}

private func percentEncoded(_ text: String) -> String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)
    return text.utf8.map { byte in
        plain.contains(byte) ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }.joined()
}
