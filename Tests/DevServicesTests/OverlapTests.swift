import TestServices
import Testing

@testable import DevServices

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Stops, starts and faults at once")
struct OverlapTests {
    private let redisOnly = DevServicesOptions(durable: true, postgres: false, redisSync: .always)

    /// What may come of an operation that another one preceded.
    private func attempt(_ body: () async throws(DevServicesError) -> Void) async {
        do throws(DevServicesError) { try await body() } catch { #expect(error.code == .notRunning, "\(error)") }
    }

    @Test("Restarts and faults at once, each whole: one server is left, and it is the one that is known")
    func faults() async throws {
        try await withFolder { folder in
            try await withServices(in: folder, redisOnly) { services in
                let url = services.redisURL
                try await #expect(redis(["set", "k", "v"], at: url) == "OK")
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<3 {
                        group.addTask { await attempt { () async throws(DevServicesError) in try await services.restart(.redis) } }
                        group.addTask { await attempt { () async throws(DevServicesError) in try await services.kill(.redis) } }
                        group.addTask { await attempt { () async throws(DevServicesError) in try await services.pause(.redis) } }
                    }
                }
                try await services.restart(.redis)
                #expect(services.redisURL == url)
                try await #expect(redis(["get", "k"], at: url) == "v")
                #expect(try processes(mentioning: "redis-server 127.0.0.1:\(services.redisPort)") == [services.redisPID])
            }
        }
    }

    @Test("A restart that meets a stop leaves no server behind", arguments: 0..<4)
    func stop(order: Int) async throws {
        try await withFolder { folder in
            let services = try await DevServices.start(in: folder, options: redisOnly)
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<4 {
                    group.addTask {
                        guard number == order else {
                            return await attempt { () async throws(DevServicesError) in try await services.restart(.redis) }
                        }
                        await services.stop()
                        // The folder is free at once, and stays so.
                        do { try await withServices(in: folder, redisOnly) { _ in } } catch { Issue.record(error) }
                    }
                }
            }
            #expect(services.redisPID == 0)
            // What watched over the server may take a moment more.
            try await #expect(eventually { try processes(mentioning: folder).isEmpty })
        }
    }

    @Test("A server that is stopped as soon as it is started does not wait for its patience to end")
    func stoppedAtOnce() async throws {
        try await withFolder { folder in
            let services = try await withServices(in: folder) { $0 }
            let postgres = try #require(services.postgres)
            let lock = try #require(try await FolderLock.take(folder))
            let begin = ContinuousClock.now
            for _ in 0..<3 {
                // Before it listens to signals.
                let supervisor = try await Supervisor.start(
                    postgres.command(port: try LoopbackPort.free()), lock: lock, removal: nil)
                await supervisor.stop()
                #expect(hasEnded(supervisor.serverPID))
            }
            // Each would take 20 seconds.
            #expect(ContinuousClock.now - begin < .seconds(18))
        }
    }

    @Test("Another account gets nowhere that it may not pass; our own gets where we do, whatever groups that takes")
    func obstacles() async throws {
        try await withFolder { folder in
            try #require(mkdir(parentFolder(folder), 0o755) == 0 && mkdir(folder, 0o750) == 0)
            let (user, group) = (getuid() + 4321, getgid() + 4321)
            let another = ServerAccount(name: "another", userID: user, groupID: group, prefix: ["setpriv"])
            #expect(another.obstacle(onTheWayTo: folder) == folder)
            #expect(ServerAccount(name: "", userID: user, groupID: group, prefix: []).obstacle(onTheWayTo: folder) == nil)
        }
    }
}
