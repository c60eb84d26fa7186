import DevServices

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

// A process for tests to kill: runs servers in the folder of its first argument, says so with one line, then sleeps.
let services = try await DevServices.start(in: CommandLine.arguments[1], options: .init(durable: false))
let report = Array("\(services.postgresPID) \(services.redisPID) \(services.postgresPort) \(services.redisPort)\n".utf8)
precondition(write(1, report, report.count) == report.count, "nobody reads the report")
try await Task.sleep(for: .seconds(600))
withExtendedLifetime(services) {}
