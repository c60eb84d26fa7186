import DevServices

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

// A process for tests to kill: runs servers in the folder of its first argument, pauses them when the second is `paused`, wants the folder
// removed when it is `removed`, says where they are with one line, then sleeps.
let wish = CommandLine.arguments.dropFirst(2).first
let options = DevServicesOptions(redisSync: .always, removeWhenDone: wish == "removed")
let services = try await DevServices.start(in: CommandLine.arguments[1], options: options)
let report = Array("\(services.postgresPID) \(services.redisPID) \(services.databaseURL) \(services.redisURL)\n".utf8)
if wish == "paused" {
    try await services.pause(.postgres)
    try await services.pause(.redis)
}
precondition(write(1, report, report.count) == report.count, "nobody reads the report")
try await Task.sleep(for: .seconds(600))
withExtendedLifetime(services) {}
