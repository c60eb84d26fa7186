import DevServices

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

// A process for tests to kill: runs servers in the folder of its first argument, pauses them when the second is `paused`, says where they
// are with one line, then sleeps.
let services = try await DevServices.start(in: CommandLine.arguments[1], options: .init(redisSync: .always))
let report = Array("\(services.postgresPID) \(services.redisPID) \(services.databaseURL) \(services.redisURL)\n".utf8)
if CommandLine.arguments.dropFirst(2).first == "paused" {
    try await services.pause(.postgres)
    try await services.pause(.redis)
}
precondition(write(1, report, report.count) == report.count, "nobody reads the report")
try await Task.sleep(for: .seconds(600))
withExtendedLifetime(services) {}
