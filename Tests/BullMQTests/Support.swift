import JSON
import Logging
import RedisClient
import RedisTestSupport
import Synchronization

@testable import BullMQ

let quiet: Logger = {
    var logger = Logger(label: "test")
    logger.logLevel = .error
    return logger
}()

/// A queue of one's own on the shared server, or on `url`.
func withQueue<R: Sendable>(url: String? = nil, _ body: @Sendable (Queue) async throws -> R) async throws -> R {
    var redisURL = url
    if redisURL == nil { redisURL = try await TestRedis.url() }
    let redis = try Redis(url: redisURL ?? "", logger: quiet, connectTimeout: .seconds(1))
    let queue = Queue("q\(UInt64.random(in: 0...(.max)))", redis: redis)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await redis.run() }
        defer { group.cancelAll() }
        return try await body(queue)
    }
}

/// Runs workers while `body` runs, and stops them before the client goes.
func withWorkers<R: Sendable>(_ workers: [Worker], _ body: @Sendable () async throws -> R) async throws -> R {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in workers { group.addTask { try await worker.run() } }
        let result: Result<R, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        group.cancelAll()
        while let end = await group.nextResult() {
            if case .failure(let error) = end, !(error is CancellationError) { throw error }
        }
        return try result.get()
    }
}

extension Queue {
    /// The client behind the queue, for looking at keys as they are.
    func raw(_ redis: Redis, _ command: String, _ suffix: String, _ rest: RedisArgument...) async throws -> RedisValue {
        try await redis.send(RedisCommand(command, arguments: [RedisArgument("\(prefix):\(name):\(suffix)")] + rest))
    }

    /// Waits until `count` jobs are in `state`; a server that is away for a while is asked again.
    func wait(for count: Int, in state: JobState, within limit: Duration = .seconds(90)) async throws {
        let end = ContinuousClock.now + limit
        while true {
            do {
                let counts = try await counts()
                if counts[state] == count { return }
                if ContinuousClock.now > end { throw Late(message: "\(counts)") }
            } catch let error as RedisError {
                if ContinuousClock.now > end { throw error }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

struct Late: Error { let message: String }
struct Oops: Error, CustomStringConvertible { let description: String }

/// A list that tasks may append to.
final class Notes<Element: Sendable>: Sendable {
    private let items = Mutex<[Element]>([])
    func add(_ item: Element) { items.withLock { $0.append(item) } }
    var all: [Element] { items.withLock { $0 } }
}

/// A queue's events as text, `active jobId=1 prev=waiting`.
func events(_ queue: Queue, _ redis: Redis) async throws -> [String] {
    let entries = try await queue.raw(redis, "XRANGE", "events", "-", "+").array ?? []
    return entries.map { entry in
        let fields = entry.array?[1].array?.compactMap(\.string) ?? []
        let pairs = stride(from: 2, to: fields.count - 1, by: 2).map { "\(fields[$0])=\(fields[$0 + 1])" }
        return ([fields[1]] + pairs).joined(separator: " ")
    }
}

func hash(_ value: RedisValue) -> [String: String] {
    // RESP3 sends members with scores in pairs.
    let items = (value.array ?? []).flatMap { $0.array ?? [$0] }.compactMap(\.string)
    return Dictionary(stride(from: 0, to: items.count - 1, by: 2).map { (items[$0], items[$0 + 1]) }) { $1 }
}
