/// A server that is installed for ``DevServices`` to run.
public struct InstalledServer: Sendable, Hashable {
    /// `PostgreSQL 15`, `Redis 7.0`.
    public let version: String
    /// The folder of PostgreSQL's programs, or Redis's program.
    public let path: String

    /// The PostgreSQL that would be run for new data: one with `postgres`, `initdb` and `psql`.
    ///
    /// - Throws: an error that says what is missing or too old, and what to install.
    public static func postgres(search: ServerSearch = .default) async throws(DevServicesError) -> InstalledServer {
        let found = try await PostgresInstallation.find(in: search, dataMajor: nil)
        return InstalledServer(version: "PostgreSQL \(found.major)", path: found.folder)
    }

    /// The Redis, or Valkey, that would be run.
    ///
    /// - Throws: an error that says what is missing or too old, and what to install.
    public static func redis(search: ServerSearch = .default) async throws(DevServicesError) -> InstalledServer {
        let found = try await RedisInstallation.find(in: search)
        let name = found.program.hasSuffix("valkey-server") ? "Valkey" : "Redis"
        return InstalledServer(version: "\(name) \(found.version.map(String.init).joined(separator: "."))", path: found.program)
    }
}
