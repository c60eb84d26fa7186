import JSON
import Primitives
import RedisClient
import Testing

@testable import BullMQ

/// Each reason that ``Queue/explain(_:)`` gives, made and asked for.
@Suite(.timeLimit(.minutes(10))) struct ExplainTests {
    private func add(_ queue: Queue, _ id: String, _ options: JobOptions = .init()) async throws {
        var options = options
        options.id = id
        try await queue.add("j", data: JSONValue.null, options: options)
    }

    @Test func delayedActiveAndFinished() async throws {
        try await withQueue { queue in
            let group = JobGroup(["g"])
            let before = Timestamp(milliseconds: Timestamp.now.milliseconds)
            try await add(queue, "d", .init(delay: .seconds(60), group: group))
            guard case .delayed(let until) = try await queue.explain("d") else { throw Late(message: "not delayed") }
            #expect(until >= before + .seconds(60) && until <= .now + .seconds(60))
            try await add(queue, "a", .init(attempts: 2, backoff: .fixed(.seconds(9)), group: group))
            let job = try #require(try await ManualWorker(queue.name, redis: queue.redis, options: .init(name: "w1")).next())
            guard case .active(let since, let worker, let token) = try await queue.explain("a") else { throw Late(message: "not active") }
            #expect(since ?? before >= before && worker == "w1" && token == job.token)
            try await job.complete()
            guard case .finished(.completed, _) = try await queue.explain("a") else { throw Late(message: "not finished") }
            await #expect(throws: BullMQError.self) { try await queue.explain("nobody") }
        }
    }

    @Test func limitsOfTheQueue() async throws {
        try await withQueue { queue in
            try await add(queue, "a")
            #expect(try await queue.explain("a") == .noWorkerConnected)
            try await queue.pause()
            #expect(try await queue.explain("a") == .queuePaused)
            try await queue.resume()
            try await queue.rateLimit(for: .seconds(30))
            guard case .rateLimited(let until, nil) = try await queue.explain("a") else { throw Late(message: "not limited") }
            #expect(until > .now + .seconds(20))
            try await queue.removeRateLimit()
            try await add(queue, "b")
            try await add(queue, "c")
            let worker = ManualWorker(queue.name, redis: queue.redis)
            _ = try await worker.next()
            #expect(try await queue.explain("c") == .waitingForItsTurn(position: 1, groupsBefore: 0, startsPerSecond: nil))
            try await queue.setGlobalConcurrency(1)
            #expect(try await queue.explain("b") == .queueAtItsConcurrency(running: 1, limit: 1))
        }
    }

    @Test func limitsOfGroups() async throws {
        try await withQueue { queue in
            let options = JobOptions(group: JobGroup(["org", "q"]))
            for id in ["a", "b", "c"] { try await add(queue, id, options) }
            try await queue.pauseGroup(["org"])
            #expect(try await queue.explain("a") == .groupPaused(["org"]))
            try await queue.resumeGroup(["org"])
            try await queue.setGroup(["org", "q"], GroupSettings(concurrency: 1))
            let worker = ManualWorker(queue.name, redis: queue.redis)
            let held = try #require(try await worker.next())
            #expect(try await queue.explain("b") == .groupAtItsConcurrency(["org", "q"], running: 1, limit: 1, heldBy: ["a"]))
            try await held.complete()
            try await queue.setGroup(["org", "q"], GroupSettings())
            try await queue.setGroup(["org"], GroupSettings(rate: RateLimit(max: 1, per: .seconds(30))))
            _ = try #require(try await worker.next())
            guard case .rateLimited(let until, ["org"]?) = try await queue.explain("c") else { throw Late(message: "not limited") }
            #expect(until > .now + .seconds(20) && until <= .now + .seconds(31))
            #expect(try await worker.next() == nil)
        }
    }

    @Test func orderChildrenAndTurns() async throws {
        try await withQueue { queue in
            let ordered = JobOptions(attempts: 2, backoff: .fixed(.seconds(60)), group: JobGroup(["o"], isOrdered: true))
            for id in ["a", "b"] { try await add(queue, id, ordered) }
            let worker = ManualWorker(queue.name, redis: queue.redis)
            let held = try #require(try await worker.next())
            #expect(try await queue.explain("b") == .waitingForOrder(["o"], heldBy: "a"))
            try await held.fail(Oops(description: "later"))
            #expect(try await queue.explain("b") == .waitingForOrder(["o"], heldBy: "a"))
            #expect(try await worker.next() == nil)
            for id in ["p", "x", "y"] { try await add(queue, id, .init(group: JobGroup([id == "p" ? "p" : "z"]))) }
            _ = try #require(try await worker.next())
            guard case .waitingForItsTurn(position: 1, groupsBefore: 0, _?) = try await queue.explain("y") else {
                throw Late(message: "\(try await queue.explain("y"))")
            }
            try await FlowProducer(redis: queue.redis).add(
                FlowJob(
                    "parent", queue: queue.name, options: .init(id: "parent", group: JobGroup(["p"])),
                    children: [
                        FlowJob("child", queue: queue.name, options: .init(id: "child", group: JobGroup(["p"])))
                    ]))
            #expect(try await queue.explain("parent") == .waitingForChildren(count: 1, keys: ["bull:\(queue.name):child"]))
        }
    }
}
