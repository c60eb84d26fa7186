import Foundation
import Logging
import PostgresClient

// One indexed select by key, as `pgbench -S -M prepared` runs it, over the tables `pgbench -i` makes.
// usage: PostgresBench URL CONNECTIONS IN_FLIGHT SECONDS KEYS [THREADS]
// With THREADS the callers run on the pool's own executor, which then has that many I/O threads; without, on Swift's.

struct Usage: Error {}

let arguments = CommandLine.arguments
guard (6...7).contains(arguments.count), let connections = Int(arguments[2]), let inFlight = Int(arguments[3]),
    let seconds = Int(arguments[4]), let keys = Int(arguments[5])
else {
    throw Usage()
}

var configuration = try PostgresPoolConfiguration(url: arguments[1])
configuration.maximumConnections = connections
configuration.minimumConnections = connections
let threads = arguments.count == 7 ? Int(arguments[6]) : nil
if let threads { configuration.ioThreads = threads }
let pool = try PostgresPool(configuration, logger: Logger(label: "bench"))

func processorMicroseconds() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000 + Int(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
}

func select(until end: ContinuousClock.Instant, seed: Int) async throws -> Int {
    var done = 0
    var key = seed
    while done % 16 != 0 || ContinuousClock.now < end {
        key = (key &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407) & Int.max
        let rows = try await pool.query("SELECT abalance FROM pgbench_accounts WHERE aid = \(Int32(key % keys + 1))")
        _ = try rows[0].decode(Int.self)
        done += 1
    }
    return done
}

func measure(seconds: Double) async throws -> Int {
    let end = ContinuousClock.now + .seconds(seconds)
    return try await withThrowingTaskGroup(of: Int.self) { group in
        for task in 0..<inFlight {
            group.addTask(executorPreference: threads == nil ? nil : pool.executor) { try await select(until: end, seed: task * 7919) }
        }
        return try await group.reduce(0, +)
    }
}

try await withThrowingTaskGroup { group in
    group.addTask { try await pool.run() }
    _ = try await measure(seconds: 0.5)
    let before = processorMicroseconds()
    let clock = ContinuousClock.now
    let done = try await measure(seconds: Double(seconds))
    let elapsed = ContinuousClock.now - clock
    let used = processorMicroseconds() - before
    let rate = Double(done) / (elapsed / .seconds(1))
    let cost = (Double(used) / Double(done)).formatted(.number.precision(.fractionLength(1)))
    print("connections \(connections) in-flight \(inFlight): \(Int(rate)) selects/s, \(cost) us CPU each")
    await pool.close()
    try await group.waitForAll()
}
