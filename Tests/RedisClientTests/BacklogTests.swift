import Logging
import RedisTestSupport
import Testing

@testable import RedisClient

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite struct BacklogTests {
    final class Item: BacklogElement {
        let number: Int
        let cost: BacklogCost
        var isFinished = false

        init(_ number: Int, commands: Int = 1, bytes: Int = 10) {
            self.number = number
            cost = BacklogCost(commands: commands, bytes: bytes)
        }
    }

    @Test("Requests that fit are admitted") func letsInWhatFits() {
        var backlog = Backlog<Item>(limits: .init(commands: 3, bytes: 25))
        let items = (0..<5).map { Item($0) }
        for item in items { backlog.append(item) }
        #expect(backlog.used == BacklogCost(commands: 2, bytes: 20) && backlog.count == 5)
        #expect(backlog.popFirst()?.number == 0 && backlog.popFirst()?.number == 1 && backlog.popFirst() == nil)
        backlog.release(items[0].cost)
        #expect(backlog.popFirst()?.number == 2 && backlog.popFirst() == nil)
        items[3].isFinished = true
        backlog.release(items[1].cost)
        #expect(backlog.popFirst()?.number == 4 && backlog.count == 0)
        backlog.release(items[2].cost)
        backlog.release(items[4].cost)
        #expect(backlog.used == BacklogCost())
    }

    @Test("A request above the limit goes alone") func whatIsTooLargeGoesAlone() {
        var backlog = Backlog<Item>(limits: .init(commands: 3, bytes: 25))
        let large = Item(0, commands: 10, bytes: 1000)
        backlog.append(large)
        backlog.append(Item(1))
        #expect(backlog.popFirst() === large && backlog.popFirst() == nil)
        backlog.release(large.cost)
        #expect(backlog.popFirst()?.number == 1)
    }

    @Test("Cancelled requests are removed") func clearsAwayTheDead() {
        var backlog = Backlog<Item>(limits: .init(commands: 1, bytes: 1000))
        for number in 0..<1000 {
            let item = Item(number)
            backlog.append(item)
            item.isFinished = true
            backlog.noteDeath()
            #expect(backlog.count < 70)
        }
        let late = Item(1000)
        backlog.append(late)
        #expect(backlog.remove { _ in true }.map(\.element.number) == [1000])
        #expect(backlog.count == 0 && backlog.used == BacklogCost())
    }
}

@Suite(.serialized, .timeLimit(.minutes(10))) struct BackPressureTests {
    /// Resident memory of this process in MiB.
    private static func memory() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(fields[1]) ?? 0) * 4096 / 1_048_576
    }

    @Test("A frozen server does not fill memory") func aFrozenServerFillsNoMemory() async throws {
        let server = try await TestRedis()
        let redis = try Redis(
            url: server.url, logger: Logger(label: "test"), queue: RedisQueueLimits(commands: 1000, bytes: 8 * 1024 * 1024))
        async let running: Void = redis.run()
        _ = try await redis.send("PING")
        server.freeze()
        let before = try Self.memory()
        // Two gigabytes if each command were encoded; all callers share the argument.
        let payload = RedisArgument([UInt8](repeating: 7, count: 1_048_576))
        let errors = await withTaskGroup(of: RedisError?.self) { group in
            for number in 0..<2000 {
                group.addTask {
                    do throws(RedisError) {
                        _ = try await redis.send("SET", RedisArgument(number), payload, timeout: .seconds(2))
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: [RedisError?]()) { $0.append($1) }
        }
        let grown = try Self.memory() - before
        #expect(grown < 200, "grown by \(grown) MiB")
        #expect(errors.allSatisfy { $0?.code == .timedOut })
        let outside = errors.filter { $0?.message.contains("queue was full") == true }
        #expect(outside.count > 1900 && outside.allSatisfy { $0?.isRetrySafe == true })
        server.thaw()
        #expect(try await redis.send("ECHO", "again").string == "again")
        await redis.close()
        await running
    }

    @Test("Every request passes a narrow queue") func everybodyGetsThroughANarrowQueue() async throws {
        let redis = try Redis(
            url: try await TestRedis.url(), logger: Logger(label: "test"), queue: RedisQueueLimits(commands: 3, bytes: 200))
        async let running: Void = redis.run()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<3000 {
                group.addTask { try await redis.send("ECHO", RedisArgument(number), timeout: .seconds(120)).int == number }
            }
            for try await isRight in group { #expect(isRight) }
        }
        await redis.close()
        await running
    }
}
