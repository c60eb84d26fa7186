import DevServices
import Testing

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

@Suite("Private servers and faults")
struct FaultTests {
    @Test("A child of the owner does not keep its servers alive")
    func pipeIsNotInherited() async throws {
        try await withFolder { folder in
            let services = try await DevServices.start(in: folder, options: .init(durable: false))
            let pid = services.redisPID
            var child: pid_t = 0
            let arguments = [strdup("sleep"), strdup("120"), nil]
            try #require(posix_spawn(&child, "/bin/sleep", nil, nil, arguments, nil) == 0)
            defer {
                kill(child, SIGKILL)
                waitpid(child, nil, 0)
                for argument in arguments { free(argument) }
            }
            let begin = ContinuousClock.now
            await services.stop()
            #expect(!isAlive(pid) && ContinuousClock.now - begin < .seconds(15))
        }
    }

    @Test("Signals of the terminal reach the owner only")
    func ownSession() async throws {
        try await withFolder { folder in
            try await withServices(in: folder) { services in
                #expect(getsid(services.postgresPID) != getsid(0) && getsid(services.redisPID) != getsid(0))
                #expect(getpgid(services.redisPID) != getpgrp())
            }
        }
    }

    @Test("A postmaster.pid that names another program's process is cleared")
    func stalePIDFile() async throws {
        try await withFolder { folder in
            try await withServices(in: folder) { _ in }
            // This very process lives, and is no PostgreSQL.
            let stale = "\(getpid())\n\(folder)/data/postgres\n1700000000\n5432\n\n127.0.0.1\n  1 1\nready\n"
            try stale.write(toFile: folder + "/data/postgres/postmaster.pid", atomically: false, encoding: .utf8)
            try await withServices(in: folder) { services in
                try await #expect(query("select 1", at: services.databaseURL) == "1")
            }
            #expect(isAlive(getpid()))
        }
    }

    @Test("A folder in use is refused, naming the process; what runs there goes on")
    func folderInUse() async throws {
        try await withFolder { folder in
            try await withServices(in: folder) { services in
                let error = await #expect(throws: DevServicesError.self) { try await DevServices.start(in: folder) }
                #expect(error?.code == .folderInUse && error?.message.contains("process \(getpid())") == true)
                try await #expect(query("select 1", at: services.databaseURL) == "1")
            }
        }
    }

    @Test(
        "A missing program is named with its package, and nothing is written", arguments: [(true, "postgresql"), (false, "redis-server")])
    func missingProgram(postgres: Bool, package: String) async throws {
        try await withFolder { folder in
            // Tools that are needed anyway are found; servers are not.
            let tools = folder + "-tools"
            try FileManager.default.createDirectory(atPath: tools, withIntermediateDirectories: true)
            symlink("/usr/bin/setpriv", tools + "/setpriv")
            let options = DevServicesOptions(postgres: postgres, redis: !postgres, search: ServerSearch(path: [tools]))
            let error = await #expect(throws: DevServicesError.self) { try await DevServices.start(in: folder, options: options) }
            #expect(error?.code == .missingBinary && error?.message.contains("`\(package)`") == true)
            #expect(access(folder, F_OK) != 0)
        }
    }

    @Test("A server that cannot start shows the end of its log, and none is left running")
    func failedStart() async throws {
        try await withFolder { folder in
            let options = DevServicesOptions(durable: false, postgresSettings: ["max_connections": "many"])
            let error = await #expect(throws: DevServicesError.self) { try await DevServices.start(in: folder, options: options) }
            #expect(error?.code == .startFailed)
            #expect(error?.message.contains("invalid value for parameter \"max_connections\"") == true)
            try await withServices(in: folder) { _ in }  // the lock is free, so no supervisor is left
        }
    }

    @Test("A cancelled start stops what it started")
    func cancelledStart() async throws {
        try await withFolder { folder in
            let starting = Task { try await DevServices.start(in: folder, options: .init(durable: false)) }
            try await Task.sleep(for: .milliseconds(300))  // anywhere in the start: the guarantee is the same
            starting.cancel()
            if let services = try? await starting.value { await services.stop() }
            try await withServices(in: folder) { _ in }
        }
    }
}
