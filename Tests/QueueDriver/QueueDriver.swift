import BullMQ
import Foundation
import JSON
import Logging
import RedisClient

/// Does what tests written in other languages ask for, through the library's own interface.
///
/// Reads one JSON object a line, `{"id":1,"op":"add","queue":"q",…}`, and answers each with a line of its own, `{"id":1,"result":…}` or
/// `{"id":1,"error":"<code>","message":"…"}`, as soon as it is done. Ends with its standard input.
@main struct QueueDriver {
    static func main() async throws {
        var logger = Logger(label: "driver") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        let url = CommandLine.arguments.dropFirst().first ?? "redis://127.0.0.1:6379"
        let redis = try Redis(url: url, logger: logger)
        let driver = Driver(redis: redis, logger: logger)
        let lines = AsyncStream<String> { continuation in
            // A thread of its own, since reading a line blocks.
            Thread.detachNewThread {
                while let line = readLine() { continuation.yield(line) }
                continuation.finish()
            }
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await redis.run() }
            await withDiscardingTaskGroup { requests in
                for await line in lines {
                    requests.addTask { FileHandle.standardOutput.write(Data((await driver.answer(line) + "\n").utf8)) }
                }
                requests.cancelAll()
            }
            group.cancelAll()
        }
    }
}
