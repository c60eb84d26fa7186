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

/// PostgreSQL on 127.0.0.1 and a unix socket, with SCRAM passwords on both.
///
/// The role `postgres` is the superuser. The role `mainstay` is not one, so that what works here works on a hosted server: it may make
/// databases and roles, and owns the database `mainstay`.
struct PostgresServer: ManagedServer {
    let name = "postgres"
    var installation: PostgresInstallation
    var folder: ServerFolder
    var state: SavedState
    var options: DevServicesOptions

    var preferredPort: Int? { state.postgresPort }
    private var data: String { folder.data + "/postgres" }

    /// The major version of the data in the folder, if it has any.
    static func dataMajor(in folder: ServerFolder) -> Int? {
        let text = try? String(contentsOfFile: folder.data + "/postgres/PG_VERSION", encoding: .utf8)
        return text.flatMap { Int($0.trimmed) }
    }

    func prepare(port: Int, held: [(from: OwnedDescriptor, to: Int32)]) async throws(DevServicesError) {
        if Self.dataMajor(in: folder) == nil { try await initialize(held: held) }
        try await StaleServer.clear(pidFile: data + "/postmaster.pid", workingIn: data, signal: SIGINT)
        for file in listing(of: folder.sockets) where file.hasPrefix(".s.PGSQL.") { unlink(folder.sockets + "/" + file) }
    }

    /// Makes the data beside their place and moves them there whole: a start that was cut off leaves no half-made data.
    private func initialize(held: [(from: OwnedDescriptor, to: Int32)]) async throws(DevServicesError) {
        for name in listing(of: folder.data) where name.hasPrefix("postgres.new-") {
            try? FileManager.default.removeItem(atPath: folder.data + "/" + name)
        }
        let new = "\(folder.data)/postgres.new-\(randomText(8))"
        let passwordFile = new + ".password"
        try folder.account.makePrivateFolder(new)
        try writePrivateFile(passwordFile, Array(state.superuserPassword.utf8))
        try folder.account.own(passwordFile)
        defer { unlink(passwordFile) }
        // Debian's C library always has C.UTF-8; where it is unknown, C knows no letters beyond ASCII but sorts the same.
        var result = try await initdb(new, passwordFile, locale: "C.UTF-8", held: held)
        if result.status != 0, result.output.contains("invalid locale") {
            result = try await initdb(new, passwordFile, locale: "C", held: held)
        }
        guard result.status == 0 else {
            try? FileManager.default.removeItem(atPath: new)
            throw DevServicesError(.startFailed, "initdb failed:\n\(result.output.trimmed)")
        }
        guard rename(new, data) == 0 else {
            throw DevServicesError(.folderUnusable, "Could not move \(new) to \(data): \(systemMessage())")
        }
    }

    private func initdb(
        _ place: String, _ passwordFile: String, locale: String, held: [(from: OwnedDescriptor, to: Int32)]
    ) async throws(DevServicesError) -> Tool.Result {
        let arguments = [
            installation.program("initdb"), "--pgdata=\(place)", "--username=postgres", "--pwfile=\(passwordFile)",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=\(locale)", "--no-instructions",
        ]
        return try await Tool(
            arguments: folder.account.prefix + arguments + (options.durable ? [] : ["--no-sync"]), timeout: .seconds(300), held: held
        ).run()
    }

    func command(port: Int) -> Supervisor.Command {
        var settings = [
            "listen_addresses": "127.0.0.1", "port": "\(port)", "unix_socket_permissions": "0700",
            "unix_socket_directories": "\"\(folder.sockets.replacing("\"", with: "\"\""))\"",
            "max_connections": "200", "timezone": "UTC", "log_timezone": "UTC", "cluster_name": "mainstay",
            "log_line_prefix": "%m [%p] %q%u@%d ",
        ]
        if !options.durable {
            settings.merge(["fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"]) { $1 }
        }
        settings.merge(options.postgresSettings) { $1 }
        let flags = settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
        return Supervisor.Command(
            arguments: folder.account.prefix + [installation.program("postgres"), "-D", data] + flags,
            // Data about to be removed need no checkpoint.
            stopSignal: options.removeWhenDone ? "QUIT" : "INT", log: folder.log(of: name))
    }

    /// Asks by making sure that our role and database exist.
    func isReady(port: Int) async throws(DevServicesError) -> Bool {
        let sql = """
            select 'create role mainstay login createdb createrole' where to_regrole('mainstay') is null \\gexec
            alter role mainstay password '\(state.ownerPassword)';
            select 'create database mainstay owner mainstay' where not exists (select from pg_database where datname = 'mainstay') \\gexec
            """
        let result = try await psql(sql, port: port, user: "postgres", database: "postgres")
        switch result.status {
        case 0: return true
        case 2: break  // no connection yet
        default: throw DevServicesError(.startFailed, "Could not set PostgreSQL up: \(result.output.trimmed)")
        }
        if result.output.contains("password authentication failed") {
            throw DevServicesError(
                .folderUnusable,
                "PostgreSQL refuses the password kept in \(folder.path)/services.json. Remove the folder to start anew; its data will be lost."
            )
        }
        return false
    }

    /// Left by a killed postmaster, whose children hold its shared memory until they notice.
    func mayRetry(log: String) -> Bool {
        log.contains("Address already in use") || log.contains("pre-existing shared memory block")
    }

    /// Runs statements, each in a transaction of its own, through PostgreSQL's own client and the unix socket.
    func psql(_ sql: String, port: Int, user: String, database: String) async throws(DevServicesError) -> Tool.Result {
        try await Tool(
            arguments: [
                installation.program("psql"), "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--no-password",
                "--set=ON_ERROR_STOP=1", "--host=\(folder.sockets)", "--port=\(port)", "--username=\(user)", "--dbname=\(database)",
            ],
            environment: [
                "PGPASSWORD": user == "postgres" ? state.superuserPassword : state.ownerPassword, "PGCONNECT_TIMEOUT": "5",
                "PGAPPNAME": "mainstay-dev-services",
            ],
            input: sql
        ).run()
    }
}
