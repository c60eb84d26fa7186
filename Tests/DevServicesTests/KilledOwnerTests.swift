import DevServices
import TestServices
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Owners killed with -9")
struct KilledOwnerTests {
    @Test("Their servers stop without anybody asking, paused ones too", arguments: [false, true])
    func noOrphans(paused: Bool) async throws {
        try await withFolder { folder in
            let holder = try Holder.start(in: folder, paused: paused)
            var processes: [Int32] = []
            // Again, if one of PostgreSQL's short-lived processes was among them.
            try await #expect(
                eventually {
                    processes = try [holder.postgresPID, holder.redisPID] + children(of: holder.postgresPID)
                    return processes.count > 4 && processes.allSatisfy { isStopped($0) == paused && !hasEnded($0) }
                })
            holder.killHard()
            try await #expect(eventually { processes.allSatisfy { hasEnded($0) } })
        }
    }

    @Test("The next start waits for the end of their servers, and has their data")
    func nextStart() async throws {
        try await withFolder { folder in
            let holder = try Holder.start(in: folder)
            try await #expect(query("create table t (x int); insert into t values (7)", at: holder.databaseURL) == "")
            try await #expect(redis(["set", "k", "v"], at: holder.redisURL) == "OK")
            kill(holder.redisPID, SIGSTOP)
            holder.killHard()
            try await withServices(in: folder, .init()) { services in  // at once: it has to wait by itself
                #expect(hasEnded(holder.postgresPID) && hasEnded(holder.redisPID))
                #expect(services.databaseURL == holder.databaseURL && services.redisURL == holder.redisURL)
                try await #expect(query("select x from t", at: services.databaseURL) == "7")
                try await #expect(redis(["get", "k"], at: services.redisURL) == "v")
            }
        }
    }

    @Test("When the supervisors are killed as well, the next start stops the servers, and has their data", arguments: [false, true])
    func killedSupervisors(paused: Bool) async throws {
        try await withFolder { folder in
            let holder = try Holder.start(in: folder)
            try await #expect(query("create table t (x int); insert into t values (7)", at: holder.databaseURL) == "")
            if paused { for pid in try [holder.redisPID, holder.postgresPID] + children(of: holder.postgresPID) { kill(pid, SIGSTOP) } }
            for server in [holder.postgresPID, holder.redisPID] {
                let supervisor = try #require(parent(of: server))
                for shell in try [supervisor] + children(of: supervisor) where shell != server { kill(shell, SIGKILL) }
            }
            holder.killHard()
            #expect(!hasEnded(holder.postgresPID) && !hasEnded(holder.redisPID))
            try await withServices(in: folder, .init()) { services in
                #expect(hasEnded(holder.postgresPID) && hasEnded(holder.redisPID))
                try await #expect(query("select x from t", at: services.databaseURL) == "7")
            }
        }
    }

    @Test("Owners in several processes at once never collide")
    func severalProcesses() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<2 {
                group.addTask {
                    try await withFolder { folder in
                        let holder = try await onThread { try Holder.start(in: folder) }
                        try await #expect(query("create table t (x int); insert into t values (\(number))", at: holder.databaseURL) == "")
                        try await #expect(query("select x from t", at: holder.databaseURL) == "\(number)")
                        try await #expect(redis(["ping"], at: holder.redisURL) == "PONG")
                        holder.killHard()
                        try await #expect(eventually(within: 60) { hasEnded(holder.postgresPID) && hasEnded(holder.redisPID) })
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
