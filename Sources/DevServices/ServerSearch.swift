#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Where the servers' programs are looked for.
public struct ServerSearch: Sendable {
    /// Folders of programs, best first, as in `PATH`.
    public var path: [String]
    /// The `pg_config` program whose PostgreSQL goes before any other.
    public var postgresConfig: String?
    /// Folders that hold one folder a PostgreSQL version, each with a `bin`.
    public var postgresRoots: [String]

    public init(path: [String], postgresConfig: String? = nil, postgresRoots: [String] = []) {
        self.path = path
        self.postgresConfig = postgresConfig
        self.postgresRoots = postgresRoots
    }

    /// `PG_CONFIG` and `PATH` of this process, then the folders where Debian, Red Hat's and Homebrew's packages install.
    public static var `default`: ServerSearch {
        let environment = ProcessInfo.processInfo.environment
        let usual = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/opt/homebrew/bin"]
        let own = (environment["PATH"] ?? "").split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        return ServerSearch(
            path: own + usual.filter { !own.contains($0) },
            postgresConfig: environment["PG_CONFIG"],
            postgresRoots: ["/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt"])
    }
}

/// One installed PostgreSQL.
struct PostgresInstallation: Sendable {
    static let oldestMajor = 14
    /// Holds `postgres`, `initdb` and `psql`.
    var folder: String
    var major: Int

    func program(_ name: String) -> String { folder + "/" + name }

    /// The installation to use: the first found that is new enough, or, for data that exists, the one that can read it.
    static func find(in search: ServerSearch, dataMajor: Int?) async throws(DevServicesError) -> PostgresInstallation {
        var others: [PostgresInstallation] = []
        for folder in try await candidates(in: search) {
            guard let major = try await majorVersion(of: folder) else { continue }
            let found = PostgresInstallation(folder: folder, major: major)
            if let dataMajor, major == dataMajor { return found }
            if dataMajor == nil, major >= oldestMajor { return found }
            others.append(found)
        }
        let seen = others.map { "\($0.major) in \($0.folder)" }.joined(separator: ", ")
        if let dataMajor, !others.isEmpty {
            throw DevServicesError(
                .unsupportedVersion,
                "The data here was made by PostgreSQL \(dataMajor), but only \(seen) was found. Install the Debian package "
                    + "`postgresql-\(dataMajor)`, or remove the folder to start anew.")
        }
        guard others.isEmpty else {
            throw DevServicesError(
                .unsupportedVersion,
                "PostgreSQL \(oldestMajor) or newer is needed, but only \(seen) was found. Install the Debian package `postgresql`.")
        }
        throw DevServicesError(
            .missingBinary,
            "No PostgreSQL server found (programs `postgres`, `initdb` and `psql`, version \(oldestMajor) or newer). "
                + "Install the Debian package `postgresql`, or name its `pg_config` in PG_CONFIG.")
    }

    private static func candidates(in search: ServerSearch) async throws(DevServicesError) -> [String] {
        var folders: [String] = []
        if let config = search.postgresConfig, !config.isEmpty {
            let run = try await Tool(arguments: [config, "--bindir"]).run()
            guard run.status == 0 else { throw DevServicesError(.missingBinary, "PG_CONFIG: `\(config) --bindir` failed: \(run.output)") }
            folders.append(run.output.trimmed)
        }
        folders += search.path.compactMap { realPath($0 + "/postgres") }.map(parentFolder)
        for root in search.postgresRoots {
            // `15`, `pgsql-15` and `postgresql@15` all end in the version.
            let versioned = listing(of: root).compactMap { name -> (name: String, version: Int)? in
                let digits = name.reversed().prefix(while: \.isNumber).reversed()
                let stem = name.dropLast(digits.count)
                guard let version = Int(String(digits)), ["", "pgsql-", "postgresql@"].contains(stem) else { return nil }
                return (name, version)
            }
            folders += versioned.sorted { $0.version > $1.version }.map { "\(root)/\($0.name)/bin" }
        }
        var seen: Set<String> = []
        return folders.filter { folder in
            // Wrapper scripts start servers in ways of their own: they change the account, the folder and the process id.
            seen.insert(folder).inserted && ["postgres", "initdb", "psql"].allSatisfy { isNativeProgram(folder + "/" + $0) }
        }
    }

    private static func majorVersion(of folder: String) async throws(DevServicesError) -> Int? {
        let run = try await Tool(arguments: [folder + "/postgres", "--version"]).run()  // postgres (PostgreSQL) 15.20 (Debian …)
        guard run.status == 0, let version = run.output.split(separator: ") ").dropFirst().first else { return nil }
        return Int(version.prefix(while: \.isNumber))
    }
}

/// An installed Redis or Valkey server.
struct RedisInstallation: Sendable {
    var program: String
    /// Major, minor.
    var version: [Int]

    static func find(in search: ServerSearch) async throws(DevServicesError) -> RedisInstallation {
        var tooOld: String?
        for name in ["redis-server", "valkey-server"] {
            for candidate in search.path.map({ $0 + "/" + name }) where isNativeProgram(candidate) {
                let run = try await Tool(arguments: [candidate, "--version"]).run()  // Redis server v=7.0.15 sha=…
                guard run.status == 0, let text = run.output.split(separator: " v=").dropFirst().first else { continue }
                let version = text.prefix { $0.isNumber || $0 == "." }.split(separator: ".").compactMap { Int($0) }
                if !version.lexicographicallyPrecedes([6, 2]) { return RedisInstallation(program: candidate, version: version) }
                tooOld = "\(version.map(String.init).joined(separator: ".")) (\(candidate))"
            }
        }
        if let tooOld {
            throw DevServicesError(
                .unsupportedVersion, "Redis 6.2 or newer is needed, but only \(tooOld) was found. Install a newer `redis-server`.")
        }
        throw DevServicesError(
            .missingBinary,
            "No Redis server found (program `redis-server` 6.2 or newer, or `valkey-server`). Install the Debian package `redis-server`.")
    }
}

extension String {
    var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}

/// The path without symbolic links, or nil when nothing is there.
func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
}

func parentFolder(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

func listing(of folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
}

private func isNativeProgram(_ path: String) -> Bool {
    guard access(path, X_OK) == 0 else { return false }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return true }  // may be run but not read: no script
    return OwnedDescriptor(descriptor).readSome().prefix(2) != Array("#!".utf8)[...]
}
