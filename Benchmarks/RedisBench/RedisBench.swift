import Foundation
import Logging
import RedisClient

/// GET and SET through RedisClient, in the shape of `redis-benchmark -c <clients> -P <depth>`. One line per command: name, operations a
/// second, microseconds of this process's CPU each.
///
///     redis-bench <url> <operations> <clients> <depth> connections|pipelines|tasks [loop]
///
/// - connections: as many connections as clients, each with `depth` commands in flight;
/// - pipelines: one connection for all, `clients` tasks that each send `depth` commands in one call;
/// - tasks: one connection for all, `clients * depth` tasks that each send one command, and pipelining is left to the client;
/// - loop: the tasks run on `redis.executor`.
@main struct RedisBench {
    enum Shape: String { case connections, pipelines, tasks }

    let redis: Redis
    let shape: Shape
    let clients: Int
    let depth: Int
    let isOnLoop: Bool

    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let numbers = arguments.dropFirst().prefix(3).compactMap { Int($0) }
        guard (5...6).contains(arguments.count), numbers.count == 3, numbers.allSatisfy({ $0 > 0 }),
            let shape = Shape(rawValue: arguments[4]),
            arguments.count == 5 || arguments[5] == "loop"
        else {
            let usage = "usage: redis-bench <url> <operations> <clients> <depth> connections|pipelines|tasks [loop]\n"
            FileHandle.standardError.write(Data(usage.utf8))
            exit(2)
        }
        let redis = try Redis(url: arguments[0], logger: Logger(label: "bench"))
        let bench = RedisBench(redis: redis, shape: shape, clients: numbers[1], depth: numbers[2], isOnLoop: arguments.count == 6)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await redis.run() }
            let payload = RedisArgument("xxx")  // three bytes, as redis-benchmark sends
            for command in [RedisCommand("SET", "key:bench", payload), RedisCommand("GET", "key:bench")] {
                try await bench.measure(command, operations: numbers[0] / 10)  // to warm up
                let (before, start) = (cpu(), ContinuousClock.now)
                let done = try await bench.measure(command, operations: numbers[0])
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                let cost = String(format: "%.3f", (cpu() - before) * 1e6 / Double(done))
                FileHandle.standardOutput.write(Data("\(command.name) \(Int(Double(done) / seconds)) \(cost)\n".utf8))
            }
            group.cancelAll()
        }
    }

    @discardableResult
    func measure(_ command: RedisCommand, operations: Int) async throws -> Int {
        let rounds = max(1, operations / clients / depth)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<(shape == .tasks ? clients * depth : clients) {
                group.addTask(executorPreference: isOnLoop ? redis.executor : nil) { try await client(command, rounds: rounds) }
            }
            try await group.waitForAll()
        }
        return rounds * clients * depth
    }

    private func client(_ command: RedisCommand, rounds: Int) async throws {
        let batch = [RedisCommand](repeating: command, count: depth)
        switch shape {
        case .tasks:
            for _ in 0..<rounds { _ = try await redis.send(command) }
        case .pipelines where depth == 1:
            for _ in 0..<rounds { _ = try await redis.send(command) }
        case .pipelines:
            for _ in 0..<rounds { _ = try await redis.pipeline(batch) }
        case .connections:
            try await redis.withConnection { connection in
                for _ in 0..<rounds { _ = try await connection.pipeline(batch, timeout: .seconds(10)) }
            }
        }
    }

    /// Seconds of CPU this process has used.
    static func cpu() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
