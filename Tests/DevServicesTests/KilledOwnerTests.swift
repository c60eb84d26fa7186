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
            let holder = try await Holder.start(in: folder, paused ? .paused : .nothing)
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
            let holder = try await Holder.start(in: folder)
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
            let holder = try await Holder.start(in: folder)
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

    @Test("Killed while it makes the data, it leaves no process, and its folder goes when that was its wish")
    func killedEarly() async throws {
        try await withFolder { folder in
            let (holder, report) = try Holder.spawn(in: folder, .removed)
            // In the midst of it, or, on a day when all is late, just after.
            try await #expect(
                eventually {
                    try listing(of: folder + "/data").contains { name in
                        name == "postgres" || (name.hasPrefix("postgres.new-") && access("\(folder)/data/\(name)/base/1/1259", F_OK) == 0)
                    }
                })
            close(report)
            Holder.killHard(holder)
            try await #expect(eventually { access(folder, F_OK) != 0 })
            // What makes the data ends by itself, and nobody may clear up or start there before.
            #expect(try processes(mentioning: folder + "/data/postgres.new-") == [])
            try await #expect(eventually { try processes(mentioning: folder).isEmpty })
            #expect(access(folder, F_OK) != 0)
        }
    }

    @Test("A start while a dead owner's folder is being removed gets a folder of its own")
    func removedMeanwhile() async throws {
        try await withFolder { folder in
            for _ in 0..<3 {
                let holder = try await Holder.start(in: folder, .removed)
                holder.killHard()
                try await withServices(in: folder) { services in
                    #expect(hasEnded(holder.postgresPID) && hasEnded(holder.redisPID))
                    try await services.restart(.postgres)
                    try await #expect(query("select 1", at: services.databaseURL) == "1")
                    #expect(access(folder + "/lock", F_OK) == 0 && access(folder + "/services.json", F_OK) == 0)
                }
            }
        }
    }

    @Test("Owners in several processes at once never collide")
    func severalProcesses() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<2 {
                group.addTask {
                    try await withFolder { folder in
                        let holder = try await Holder.start(in: folder)
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
