import DevServices
import TestServices
import Testing

@Suite("Faults done to servers")
struct ServerFaultTests {
    /// What was answered is on disk, in both servers.
    private let durable = DevServicesOptions(durable: true, redisSync: .always)

    @Test("A killed server leaves no process; a restart, and the next start, recover what was committed")
    func kill() async throws {
        try await withFolder { folder in
            try await withServices(in: folder, durable) { services in
                let before = (services.databaseURL, services.redisURL)
                try await #expect(query("create table t (x int); insert into t values (1)", at: services.databaseURL) == "")
                try await #expect(redis(["rpush", "l", "1"], at: services.redisURL) == "1")
                // A connection too busy to notice by itself that its server is gone.
                let busy = "do $$ begin while clock_timestamp() < now() + interval '100 s' loop end loop; end $$"
                let working = Task { [url = services.databaseURL] in await succeeds("psql", ["-qAtc", busy, url]) }
                let isWorking = "select count(*) > 0 from pg_stat_activity where query like 'do %' and state = 'active'"
                try await #expect(eventually { try await query(isWorking, at: services.databaseURL) == "t" })
                let processes = try [services.postgresPID, services.redisPID] + children(of: services.postgresPID)
                #expect(processes.count > 4)
                try await services.kill(.postgres)
                try await services.kill(.redis)
                #expect(processes.allSatisfy { hasEnded($0) })
                #expect(services.postgresPID == 0 && services.redisPID == 0)
                #expect(await !working.value)
                try await services.restart(.postgres)
                try await services.restart(.redis)
                #expect(services.databaseURL == before.0 && services.redisURL == before.1)
                try await #expect(query("insert into t values (2) returning x", at: services.databaseURL) == "2")
                try await #expect(redis(["rpush", "l", "2"], at: services.redisURL) == "2")
                try await services.kill(.postgres)
                try await services.kill(.redis)
            }
            try await withServices(in: folder, durable) { services in
                try await #expect(query("select array_agg(x order by x) from t", at: services.databaseURL) == "{1,2}")
                try await #expect(redis(["lrange", "l", "0", "-1"], at: services.redisURL) == "1\n2")
            }
        }
    }

    @Test("A paused PostgreSQL stands still, connections too, and goes on where it was")
    func pausePostgres() async throws {
        try await withFolder { folder in
            try await withServices(in: folder) { services in
                let url = services.databaseURL
                try await #expect(query("create table ticks (at timestamptz); create table enough (x int)", at: url) == "")
                let ticking = Task {
                    // One connection that needs nothing from its client: only its own process can make it stand still.
                    try await query(
                        "do $$ begin while not exists (select from enough) loop insert into ticks values (clock_timestamp()); commit; "
                            + "perform pg_sleep(0.01); end loop; end $$", at: url)
                }
                try await #expect(eventually { try await query("select count(*) > 0 from ticks", at: url) == "t" })
                try await services.pause(.postgres)
                try await services.pause(.postgres)  // again, which changes nothing
                let processes = try [services.postgresPID] + children(of: services.postgresPID)
                #expect(processes.count > 4 && processes.allSatisfy(isStopped))
                #expect(await !succeeds("timeout", ["1", "psql", "-qAtc", "select 1", url]))
                try services.resume(.postgres)
                try services.resume(.postgres)
                try await #expect(query("insert into enough values (1)", at: url) == "")
                try await #expect(ticking.value == "")
                let longest = "select max(gap) >= interval '1 s' from (select at - lag(at) over (order by at) as gap from ticks) as gaps"
                try await #expect(query(longest, at: url) == "t")
            }
        }
    }

    @Test("A paused Redis answers nothing, and goes on where it was")
    func pauseRedis() async throws {
        try await withFolder { folder in
            try await withServices(in: folder) { services in
                try await #expect(redis(["set", "k", "v"], at: services.redisURL) == "OK")
                try await services.pause(.redis)
                #expect(isStopped(services.redisPID) && !isStopped(services.postgresPID))
                #expect(await !succeeds("timeout", ["1", "redis-cli", "-u", services.redisURL, "ping"]))
                try services.resume(.redis)
                try await #expect(redis(["get", "k"], at: services.redisURL) == "v")
            }
        }
    }

    @Test("A paused server can be restarted, killed and stopped, without waiting for its patience to end")
    func pausedThen() async throws {
        try await withFolder { folder in
            try await withServices(in: folder, durable) { services in
                try await #expect(query("create table t (x int); insert into t values (7)", at: services.databaseURL) == "")
                for server in [DevServices.Server.postgres, .redis] {
                    try await services.pause(server)
                    try await services.restart(server)
                    try await services.pause(server)
                    try await services.kill(server)
                    try await services.restart(server)
                    try await services.pause(server)
                }
                let processes = try [services.postgresPID, services.redisPID] + children(of: services.postgresPID)
                let begin = ContinuousClock.now
                await services.stop()
                #expect(processes.allSatisfy { hasEnded($0) })
                // PostgreSQL's processes, left standing, would cost 20 s.
                #expect(ContinuousClock.now - begin < .seconds(18))
            }
            try await withServices(in: folder, durable) { services in
                try await #expect(query("select x from t", at: services.databaseURL) == "7")
            }
        }
    }

    @Test("Faults need a server that runs")
    func notRunning() async throws {
        try await withFolder { folder in
            try await withServices(in: folder, .init(durable: false, postgres: false)) { services in
                func code(_ body: () async throws(DevServicesError) -> Void) async -> DevServicesError.Code? {
                    do throws(DevServicesError) { try await body() } catch { return error.code }
                    return nil
                }
                #expect(await code { () async throws(DevServicesError) in try await services.kill(.postgres) } == .notRunning)
                #expect(await code { () async throws(DevServicesError) in try await services.pause(.postgres) } == .notRunning)
                #expect(await code { () async throws(DevServicesError) in try services.resume(.postgres) } == .notRunning)
                try await services.kill(.redis)
                #expect(await code { () async throws(DevServicesError) in try await services.kill(.redis) } == .notRunning)
                #expect(await code { () async throws(DevServicesError) in try await services.pause(.redis) } == .notRunning)
                #expect(await code { () async throws(DevServicesError) in try services.resume(.redis) } == .notRunning)
                try await services.restart(.redis)
                try await services.kill(.redis)
            }
        }
    }
}
