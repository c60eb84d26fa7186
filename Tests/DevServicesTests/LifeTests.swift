import DevServices
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("A life of private servers")
struct LifeTests {
    @Test("Data, passwords and ports are the same the next time")
    func dataStay() async throws {
        try await withFolder { folder in
            let options = DevServicesOptions(durable: true, redisSync: .always)
            let first = try await withServices(in: folder, options) { services in
                try await #expect(query("create table t (x int); insert into t values (7)", at: services.databaseURL) == "")
                try await #expect(redis(["set", "k", "v"], at: services.redisURL) == "OK")
                return (services.databaseURL, services.redisURL, services.postgresPID, services.redisPID)
            }
            #expect(!isAlive(first.2) && !isAlive(first.3))
            try await withServices(in: folder, options) { services in
                try await #expect(query("select x from t", at: services.databaseURL) == "7")
                try await #expect(redis(["get", "k"], at: services.redisURL) == "v")
                #expect(services.databaseURL == first.0 && services.redisURL == first.1)
            }
        }
    }

    @Test("Durability is on when asked for, and off otherwise", arguments: [(true, "on", "yes"), (false, "off", "no")])
    func durability(durable: Bool, fsync: String, appendOnly: String) async throws {
        try await withFolder { folder in
            try await withServices(in: folder, .init(durable: durable)) { services in
                try await #expect(query("show fsync", at: services.databaseURL) == fsync)
                try await #expect(query("show synchronous_commit", at: services.databaseURL) == fsync)
                try await #expect(redis(["config", "get", "appendonly"], at: services.redisURL) == "appendonly\n\(appendOnly)")
            }
        }
    }

    @Test("Servers do not run as root, and their role is no superuser")
    func privileges() async throws {
        try await withFolder { folder in
            try await withServices(in: folder) { services in
                for pid in [services.postgresPID, services.redisPID] {
                    var info = stat()
                    #expect(stat("/proc/\(pid)", &info) == 0 && info.st_uid != 0)
                }
                let rights = "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user"
                try await #expect(query(rights, at: services.databaseURL) == "f|f|t|t")
                try await #expect(query("select rolsuper from pg_roles where rolname = current_user", at: services.superuserURL) == "t")
                let owner = "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
                try await #expect(query(owner, at: services.databaseURL) == "mainstay")
                var secrets = stat()
                #expect(stat(folder + "/services.json", &secrets) == 0 && secrets.st_mode & 0o777 == 0o600)
            }
        }
    }

    @Test("Many at once never collide")
    func sideBySide() async throws {
        try await withThrowingTaskGroup(of: [Int].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await withFolder { folder in
                        try await withServices(in: folder) { services in
                            try await #expect(
                                query("select current_setting('port')", at: services.databaseURL) == "\(services.postgresPort)")
                            try await #expect(redis(["ping"], at: services.redisURL) == "PONG")
                            return [services.postgresPort, services.redisPort]
                        }
                    }
                }
            }
            for try await ports in group { #expect(ports.allSatisfy { $0 > 0 }) }
        }
    }

    @Test("A port that was taken meanwhile is replaced")
    func portTaken() async throws {
        try await withFolder { folder in
            let before = try await withServices(in: folder) { $0.postgresPort }
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            defer { close(listener) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(before).bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            let isBound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
            }
            try #require(isBound == 0 && listen(listener, 1) == 0)
            try await withServices(in: folder) { services in
                #expect(services.postgresPort != before)
                try await #expect(query("select 1", at: services.databaseURL) == "1")
            }
        }
    }

    @Test(
        "A folder too deep or too odd for a unix socket, with spaces and quotes in its name, works",
        arguments: ["it's a \"deep\" folder; " + String(repeating: "d", count: 120), "one,two", "two\nlines, it's"])
    func oddPath(name: String) async throws {
        try await withFolder(name) { folder in
            try await withServices(in: folder) { services in
                #expect(services.postgresSocketFolder.hasPrefix("/tmp/mainstay-"))
                try await #expect(query("select 1", at: services.databaseURL) == "1")
                try await #expect(redis(["ping"], at: services.redisURL) == "PONG")
            }
        }
    }

    @Test("Only what is asked for runs")
    func oneOfTwo() async throws {
        try await withFolder { folder in
            try await withServices(in: folder, .init(durable: false, postgres: false)) { services in
                #expect(services.databaseURL == "" && services.postgresPID == 0 && services.redisPID > 0)
                await #expect(throws: DevServicesError.self) { try await services.createDatabase("x") }
            }
        }
    }

    @Test("With removeWhenDone nothing is left")
    func removal() async throws {
        try await withFolder { folder in
            try await withServices(in: folder, .init(durable: false, removeWhenDone: true)) { _ in
                #expect(access(folder, F_OK) == 0)
            }
            #expect(access(folder, F_OK) != 0)
        }
    }

    @Test("Restarting keeps data and port")
    func restart() async throws {
        try await withFolder { folder in
            try await withServices(in: folder, .init()) { services in
                let before = (services.postgresPID, services.redisPID, services.databaseURL, services.redisURL)
                _ = try await redis(["set", "k", "v"], at: services.redisURL)
                try await services.restart(.postgres)
                try await services.restart(.redis)
                #expect(services.postgresPID != before.0 && services.redisPID != before.1)
                #expect(services.databaseURL == before.2 && services.redisURL == before.3)
                try await #expect(query("select 1", at: services.databaseURL) == "1")
                try await #expect(redis(["get", "k"], at: services.redisURL) == "v")
            }
        }
    }
}
