import BullMQ
import Foundation
import JSON
import Logging
import Primitives
import RedisClient
import Synchronization

/// Measures one thing on one queue and prints it as a line of JSON; `Benchmarks/queues` runs it beside the official Python client.
///
///     queue-bench add|bulk|process|both|latency URL QUEUE COUNT
@main struct QueueBench {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count == 4, let count = Int(arguments[3]) else {
            FileHandle.standardError.write(Data("usage: queue-bench add|bulk|process|both|latency URL QUEUE COUNT\n".utf8))
            exit(64)
        }
        var logger = Logger(label: "bench")
        logger.logLevel = .error
        let redis = try Redis(url: arguments[1], logger: logger)
        let bench = QueueBench(queue: Queue(arguments[2], redis: redis), logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await redis.run() }
            _ = try await redis.send("PING")
            let start = ContinuousClock.now
            var figures: JSONObject = [:]
            switch arguments[0] {
            case "add": try await bench.add(count)
            case "bulk": try await bench.addBulk(count)
            case "process": try await bench.process(count) {}
            case "both": try await bench.process(count) { try await bench.add(count) }
            case "latency": figures = try await bench.latency(count)
            default: exit(64)
            }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            figures["seconds"] = .number(seconds)
            figures["perSecond"] = .number((Double(count) / seconds).rounded())
            figures["rssMiB"] = .number(Self.residentMebibytes().rounded())
            print(JSONValue.object(figures).text())
            group.cancelAll()
        }
    }

    let queue: Queue
    let logger: Logger
    private static let payload = RawJSON(unchecked: Array(#"{"id":12345,"email":"somebody@example.com","kind":"welcome"}"#.utf8))

    /// One by one, a hundred in flight.
    func add(_ count: Int) async throws {
        let left = Counter(count)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    while left.take() { try await queue.add("job", data: Self.payload) }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Five hundred at a time, one after the other.
    func addBulk(_ count: Int) async throws {
        let jobs = Array(repeating: NewJob("job", data: Self.payload), count: 500)
        for _ in 0..<count / jobs.count { try await queue.addBulk(jobs) }
    }

    /// Runs jobs that do nothing, fifty at once, until `count` are done.
    func process(_ count: Int, while other: @escaping @Sendable () async throws -> Void) async throws {
        let left = Counter(count)
        let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 50), logger: logger) { _, _ in
            left.finish()
            return nil
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            group.addTask { try await other() }
            await left.finished()
            // Reports what is done before it ends.
            await worker.shutdown(within: .seconds(10))
            try await group.waitForAll()
        }
    }

    /// From before an add to the start of its processor, one job at a time.
    func latency(_ count: Int) async throws -> JSONObject {
        let (stream, continuation) = AsyncStream.makeStream(of: ContinuousClock.Instant.self)
        let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 50), logger: logger) { _, _ in
            continuation.yield(.now)
            return nil
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            var iterator = stream.makeAsyncIterator()
            var times: [Double] = []
            for number in 0..<count + 20 {
                try await Task.sleep(for: .milliseconds(10))
                let start = ContinuousClock.now
                try await queue.add("job", data: Self.payload)
                guard let began = await iterator.next() else { break }
                if number >= 20 { times.append((began - start) / .milliseconds(1)) }
            }
            await worker.shutdown(within: .seconds(10))
            try await group.waitForAll()
            times.sort()
            return ["median": .number(times[times.count / 2]), "p99": .number(times[times.count * 99 / 100])]
        }
    }

    private static func residentMebibytes() -> Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (line.split(separator: " ").compactMap { Double($0) }.first ?? 0) / 1024
    }
}

/// Counts down to the end of a run.
private final class Counter: Sendable {
    private let left: Atomic<Int>
    private let unfinished: Atomic<Int>
    private let end = AsyncStream.makeStream(of: Void.self)

    init(_ count: Int) {
        left = Atomic(count)
        unfinished = Atomic(count)
    }

    func take() -> Bool { left.subtract(1, ordering: .relaxed).newValue >= 0 }

    func finish() {
        if unfinished.subtract(1, ordering: .relaxed).newValue == 0 { end.continuation.finish() }
    }

    func finished() async {
        for await _ in end.stream {}
    }
}
