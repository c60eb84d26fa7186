import Logging
import Migrations
import PostgresClient
import Primitives

/// Whether PostgreSQL is one that messages can be entrusted to, and lets its owner and our roles do what they have to.
struct PostgresExamination: Sendable {
    let url: String
    let maximumPoolSize: Int

    func findings() async -> [Finding] {
        do {
            var settings = try PostgresPoolConfiguration(url: url)
            let connection = FirstConnection()
            settings.maximumConnections = 1
            settings.observer = connection.observer
            settings.applicationName = "mainstay-doctor"
            settings.statementTimeout = .seconds(10)
            settings.closeTimeout = .seconds(1)
            let pool = try PostgresPool(settings, logger: .silent)
            return try await running([pool]) {
                try await connection.wait()
                return try await examine(pool)
            }
        } catch let error as PostgresError {
            return [.problem("postgresql.connection", "\(error)", remedy: Self.remedy(error))]
        } catch {
            return [.problem("postgresql.connection", "\(error)", remedy: "Correct DATABASE_URL.")]
        }
    }

    private static func remedy(_ error: PostgresError) -> String {
        if error.code == .untrustedServer { return error.hint ?? "Correct sslmode and sslrootcert in DATABASE_URL." }
        if error.isUnknownHost { return "Correct the host in DATABASE_URL: no name server knows it." }
        func says(_ words: String) -> Bool { error.message.contains(words) }
        if says("authentication failed") || says("no password supplied") {
            return "Correct the user and password in DATABASE_URL; write special characters as %40 and the like."
        }
        if let remedy = error.poolerRemedy { return remedy }
        if says("pg_hba.conf") { return "Let this user and machine in by a line of the server's pg_hba.conf, or correct DATABASE_URL." }
        if error.sqlState == "3D000" { return "Create it, or correct DATABASE_URL: createdb -O mainstay mainstay" }
        if error.sqlState == "28000" { return "Create the role, with a password, or correct the user in DATABASE_URL." }
        if error.code == .server { return "The role of DATABASE_URL may not look; use the database's owner." }
        return "Start PostgreSQL, or correct host and port in DATABASE_URL; see that no firewall is between."
    }

    private func examine(_ pool: PostgresPool) async throws -> [Finding] {
        let probe = try await StoreMeasurement.run {
            let row = try await pool.query("select (extract(epoch from clock_timestamp()) * 1000000)::int8").first
            return Timestamp(microseconds: try row?.decode(Int64.self) ?? 0)
        }
        let server = try await PostgresServerState.read(from: pool)
        var findings = [version(server)] + probe.findings("postgresql") + durability(server) + [capacity(server), encoding(server)]
        if server.isReadOnly {
            return findings + [
                .problem(
                    "postgresql.writable", "read-only", remedy: "Point DATABASE_URL at the primary, or end default_transaction_read_only.")
            ]
        }
        findings += try await PostgresRoles.read(from: pool).findings
        findings.append(try await migrations(pool))
        if !findings.hasProblem { findings.append(await startCheck()) }
        return findings
    }

    private func version(_ server: PostgresServerState) -> Finding {
        .expecting(server.versionNumber >= 140_000, "postgresql.version", server.version, remedy: "Use PostgreSQL 14 or newer.")
    }

    private func durability(_ server: PostgresServerState) -> [Finding] {
        [("fsync", server.fsync), ("synchronous_commit", server.synchronousCommit), ("full_page_writes", server.fullPageWrites)].map {
            .expecting(
                $1 != "off", "postgresql.\($0)", $1, else: .warning,
                remedy: "Accepted messages can be lost when the machine stops: set \($0) = on.")
        }
    }

    private func capacity(_ server: PostgresServerState) -> Finding {
        let each = Database.maximumConnections(poolSize: maximumPoolSize)
        let seen = "\(server.connectionLimit) for us, \(server.connections) in use now, \(each) for each of our processes at most"
        return .expecting(
            server.connectionLimit >= 2 * each, "postgresql.max_connections", seen,
            else: server.connectionLimit >= each ? .warning : .problem,
            remedy:
                "One serve and one worker need \(2 * each): raise max_connections (and the role's and database's limits), or lower POOL_MAX."
        )
    }

    private func encoding(_ server: PostgresServerState) -> Finding {
        .expecting(
            server.encoding == "UTF8", "postgresql.encoding", server.encoding,
            remedy: "Make the database anew: create database … encoding 'UTF8' template template0.")
    }

    private func migrations(_ pool: PostgresPool) async throws -> Finding {
        let state = try await MainstayDatabase.migrator(logger: .silent).state(of: pool)
        let check = "postgresql.migrations"
        if let changed = state.changed.first {
            return .problem(
                check, "\(changed) was changed after it was applied", remedy: "Run the version of mainstay that applied it.")
        }
        if !state.pending.isEmpty {
            let seen = "missing: \(state.pending.joined(separator: ", "))" + (state.partial.isEmpty ? "" : "; a run was cut off")
            return .problem(check, seen, remedy: "Run: \(MainstayDatabase.migrateCommand)")
        }
        if !state.incompatible.isEmpty {
            return .problem(
                check, "made for a newer version: \(state.incompatible.joined(separator: ", "))",
                remedy: "Run the version of mainstay that migrated this database, or newer: this one refuses to start.")
        }
        return .expecting(
            state.unknown.isEmpty, check,
            state.unknown.isEmpty ? "up to date" : "newer, and compatible with this version: \(state.unknown.joined(separator: ", "))",
            else: .warning, remedy: "A newer mainstay migrated this database: run that version, or newer, everywhere.")
    }

    /// The very check that `serve` and `worker` start with, so that they never refuse what was found good here.
    private func startCheck() async -> Finding {
        do {
            let database = try Database(url: url, maximumPoolSize: 1, logger: .silent)
            try await running([database.app, database.system]) { try await DatabaseCheck.run(database) }
            return .ok("postgresql.start-check", "serve and worker would start")
        } catch let error as DatabaseCheckError {
            return .problem("postgresql.start-check", "\(error)", remedy: "serve and worker refuse to start until this is mended.")
        } catch {
            return .problem(
                "postgresql.start-check", "\(error)",
                remedy: (error as? PostgresError)?.poolerRemedy
                    ?? "Let the role of DATABASE_URL act as ours: grant mainstay_app, mainstay_system to it.")
        }
    }
}
