import DevServices
import Glibc
import Logging
import PostgresClient
import Testing

@Suite struct FailureTests {
    @Test("The pool survives a server restart") func survivesARestartOfTheServer() async throws {
        let server = try TestServer()
        try await withPool(url: server.url(), maximum: 3) { pool async throws in
            try await pool.executeScript("create table kept (n int); insert into kept values (1)")
            let lost = Task { try await pool.query("select pg_sleep(30)") }
            let half = Task {
                try await pool.withTransaction { transaction in
                    try await transaction.execute("insert into kept values (2)")
                    try await transaction.execute("select pg_sleep(30)")
                }
            }
            try await withPool(url: server.url(), maximum: 1) { observer async throws in
                let asleep: SQL = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
                while try await observer.value(asleep, as: Int.self) < 2 { try await Task.sleep(for: .milliseconds(10)) }
            }
            try server.control("restart -w -m immediate -l \(server.folder)/log")
            let error = await postgresError { _ = try await lost.value }
            #expect(error?.code == .connectionLost)
            #expect(error?.isRetrySafe == false)
            #expect(await postgresError { try await half.value }?.code == .connectionLost)
            for _ in 0..<50 { #expect(try await pool.value("select count(*) from kept", as: Int.self) == 1) }
            try server.control("stop -w -m fast")
            let waiting = Task { try await pool.value("select count(*) from kept", as: Int.self) }
            try await Task.sleep(for: .milliseconds(300))
            try server.control("start -w -l \(server.folder)/log")
            #expect(try await waiting.value == 1, "what was not sent waits for the server")
        }
    }

    @Test("A killed backend is replaced") func aKilledBackendIsReplaced() async throws {
        try await withPool(maximum: 1) { pool async throws in
            let process = try await pool.value("select pg_backend_pid()", as: Int32.self)
            try await withPool(maximum: 1) { other async throws in
                #expect(try await other.value("select pg_terminate_backend(\(process))", as: Bool.self))
            }
            try await Task.sleep(for: .milliseconds(100))
            #expect(try await pool.value("select pg_backend_pid()", as: Int32.self) != process)
        }
    }

    /// libpq closes a broken connection's socket before the pool hears of it, and the next one may get its number.
    @Test("A connection opened while another is given up is served", .timeLimit(.minutes(10)))
    func aConnectionMadeWhileAnotherIsGivenUpIsHeard() async throws {
        let (breaks, toldOf) = AsyncStream.makeStream(of: Void.self)
        try await withPool(maximum: 2) { configuration in
            configuration.observer = PostgresObserver()
            // Holds the thread up that is about to clear the broken connection away.
            configuration.observer?.connectionClosed = {
                toldOf.finish()
                usleep(500_000)
            }
        } _: { pool async throws in
            let process = try await pool.value("select pg_backend_pid()", as: Int32.self)
            try await withPool(maximum: 1) { other async throws in _ = try await other.query("select pg_terminate_backend(\(process))") }
            for await _ in breaks {}
            #expect(try await pool.value(("select 1" as SQL).limited(to: .seconds(60)), as: Int.self) == 1)
        }
    }

    @Test("A wrong password fails at once", .timeLimit(.minutes(10))) func aWrongPasswordIsSaidAtOnce() async throws {
        try await withPool(url: TestDatabase.shared().url(password: "wrong-secret")) {
            $0.acquireTimeout = .seconds(1000)
        } _: { pool async throws in
            let error = await postgresError { _ = try await pool.query("select 1") }
            #expect(error?.code == .connectionFailed)
            #expect(error?.sqlState == "28P01")
            #expect(error?.isRetrySafe == true)
            #expect(error?.message.contains("password authentication failed") == true)
            #expect(error?.description.contains("wrong-secret") == false)
        }
    }

    @Test("An unknown database fails at once", .timeLimit(.minutes(10))) func anUnknownDatabaseIsSaidAtOnce() async throws {
        try await withPool(url: TestDatabase.shared().url(database: "no_such_database")) {
            $0.acquireTimeout = .seconds(1000)
        } _: { pool async throws in
            let error = await postgresError { _ = try await pool.query("select 1") }
            #expect(error?.sqlState == "3D000")
            #expect(error?.message.contains("no_such_database") == true)
        }
    }

    @Test("The error for an unreachable server names its address") func anUnreachableServerIsNamed() async throws {
        let port = try LoopbackPort.free()
        try await withPool(url: "postgresql://nobody@127.0.0.1:\(port)/x") {
            $0.acquireTimeout = .seconds(10)
        } _: { pool async throws in
            let error = await postgresError { _ = try await pool.query("select 1") }
            #expect(error?.code == .connectionFailed)
            #expect(error?.isRetrySafe == true)
            let message = error?.message ?? ""
            #expect(message.contains("127.0.0.1") && message.contains("refused"), "\(message)")
            #expect(
                await postgresError { try await pool.withTransaction { _ = try await $0.query("select 1") } }?.code == .connectionFailed)
        }
    }

    @Test("Connects by Unix socket") func connectsByUnixSocket() async throws {
        try await withPool(url: TestDatabase.shared().socketURL) { pool async throws in
            #expect(try await pool.value("select inet_client_addr() is null", as: Bool.self))
        }
    }

    @Test(
        "Invalid URLs are refused without showing secrets",
        arguments: [
            "", "mysql://localhost/x", "postgresql://user:top%zzsecret@host/x", "postgresql://host/x?nonsense=1", "postgresql://[::1/x",
        ])
    func badURLsAreRefused(url: String) throws {
        let error = #expect(throws: PostgresError.self) { try PostgresPoolConfiguration(url: url) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.description.contains("secret") == false)
    }

    @Test("Settings out of range are refused") func settingsAreChecked() async throws {
        let changes: [(inout PostgresPoolConfiguration) -> Void] = [
            { $0.maximumConnections = 0 }, { $0.minimumConnections = 11 }, { $0.acquireTimeout = .zero }, { $0.maximumPipelineDepth = 0 },
            { $0.statementTimeout = .microseconds(1) }, { $0.statementCacheSize = 0 }, { $0.ioThreads = 0 },
        ]
        for change in changes {
            var configuration = try PostgresPoolConfiguration(url: "postgresql://localhost/x")
            change(&configuration)
            let error = #expect(throws: PostgresError.self) { try PostgresPool(configuration, logger: .quiet) }
            #expect(error?.code == .invalidConfiguration)
        }
    }
}
