import Foundation
import Logging
import RedisClient

/// GET and SET through RedisClient, in the shape of `redis-benchmark -c <clients> -P <depth> -t set,get --csv`: as many tasks as that has
/// connections, each sending `depth` commands at a time. One line per command: name, operations a second, microseconds of CPU each.
///
///     redis-bench <url> <operations> <clients> <depth>
@main struct RedisBench {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        let numbers = arguments.dropFirst().compactMap { Int($0) }
        guard let url = arguments.first, numbers.count == 3, numbers.allSatisfy({ $0 > 0 }) else {
            FileHandle.standardError.write(Data("usage: redis-bench <url> <operations> <clients> <depth>\n".utf8))
            exit(2)
        }
        let redis = try Redis(url: url, logger: Logger(label: "bench"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await redis.run() }
            let payload = RedisArgument("xxx")  // three bytes, as redis-benchmark sends
            for command in [RedisCommand("SET", "key:bench", payload), RedisCommand("GET", "key:bench")] {
                try await measure(redis, command, operations: numbers[0] / 10, clients: numbers[1], depth: numbers[2])  // to warm up
                let (before, start) = (cpu(), ContinuousClock.now)
                let done = try await measure(redis, command, operations: numbers[0], clients: numbers[1], depth: numbers[2])
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                let cost = String(format: "%.2f", (cpu() - before) * 1e6 / Double(done))
                FileHandle.standardOutput.write(Data("\(command.name) \(Int(Double(done) / seconds)) \(cost)\n".utf8))
            }
            group.cancelAll()
        }
    }

    @discardableResult
    static func measure(_ redis: Redis, _ command: RedisCommand, operations: Int, clients: Int, depth: Int) async throws -> Int {
        let rounds = max(1, operations / clients / depth)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<clients {
                group.addTask {
                    let batch = [RedisCommand](repeating: command, count: depth)
                    for _ in 0..<rounds {
                        if depth == 1 { _ = try await redis.send(command) } else { _ = try await redis.pipeline(batch) }
                    }
                }
            }
            try await group.waitForAll()
        }
        return rounds * clients * depth
    }

    /// Seconds of CPU this process has used.
    static func cpu() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
