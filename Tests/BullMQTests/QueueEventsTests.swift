import JSON
import Primitives
import RedisClient
import RedisTestSupport
import Testing

@testable import BullMQ

@Suite(.timeLimit(.minutes(10))) struct QueueEventsTests {
    /// The next `count` events.
    private func take(_ count: Int, of events: QueueEvents) async throws -> [QueueEvent] {
        var taken: [QueueEvent] = []
        if count == 0 { return taken }
        for try await event in events {
            taken.append(event)
            if taken.count == count { break }
        }
        return taken
    }

    @Test func tellsWhatHappens() async throws {
        try await withQueue { queue in
            let events = try await queue.events()
            try await queue.add("a", data: ["n": 1])
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { job, context in
                try await context.updateProgress(["half": true])
                if job.name == "b" { throw Oops(description: "no") }
                return 7
            }
            try await withWorkers([worker]) {
                try await queue.wait(for: 1, in: .completed)
                try await queue.add("b", data: .null)
                try await queue.wait(for: 1, in: .failed)
            }
            try await queue.add(
                "c", data: .null, options: .init(delay: .seconds(1000), timestamp: Timestamp(milliseconds: 2_000_000_000_000)))
            try await queue.remove("3")
            try await queue.pause()
            try await queue.resume()
            try await queue.publish("greeting", fields: ["text": "hello"])
            let told = try await take(19, of: events)
            let jobs = told.map { $0.jobID ?? "-" }
            #expect(jobs.joined(separator: " ") == "1 1 1 1 1 - 2 2 2 2 2 2 - 3 3 3 - - -")
            #expect(
                told.map(\.kind) == [
                    .added(name: "a"), .waiting(from: nil), .active, .progress(RawJSON(["half": true])),
                    .completed(returnValue: RawJSON(7)), .drained, .added(name: "b"), .waiting(from: nil), .active,
                    .progress(RawJSON(["half": true])), .failed(reason: "no"), .retriesExhausted(attemptsMade: 1), .drained,
                    .added(name: "c"), .delayed(until: Timestamp(milliseconds: 2_000_001_000_000)), .removed(from: "delayed"), .paused,
                    .resumed,
                    .custom(name: "greeting", fields: ["text": "hello"]),
                ])
            #expect(told.allSatisfy { $0.timestamp <= .now && $0.timestamp > .now - .seconds(600) })
        }
    }

    @Test func goesOnAfterAnyEvent() async throws {
        try await withQueue { queue in
            try await queue.addBulk((0..<1500).map { NewJob("j", data: .number($0)) })
            let all = try await take(3000, of: queue.events(after: "0"))
            #expect(Set(all.map(\.id)).count == 3000)
            #expect(try await take(500, of: queue.events(after: all[2499].id)) == Array(all[2500...]))
        }
    }

    @Test func survivesAKilledServer() async throws {
        let server = try await TestRedis(options: "--appendonly yes --appendfsync always")
        try await withQueue(url: server.url) { queue in
            let events = try await queue.events()
            let heard = Notes<String>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for try await event in events {
                        if case .added(let name) = event.kind { heard.add(name) }
                        if heard.all.count == 5 { return }
                    }
                }
                for number in 0..<5 {
                    try await queue.add("job \(number)", data: .null)
                    let end = ContinuousClock.now + .seconds(60)
                    while heard.all.count <= number {
                        if ContinuousClock.now > end { throw Late(message: "heard \(heard.all)") }
                        try await Task.sleep(for: .milliseconds(10))
                    }
                    server.kill()
                    try await server.start()
                }
                try await group.waitForAll()
            }
            #expect(heard.all == (0..<5).map { "job \($0)" })
        }
    }

    @Test func endsWithItsTask() async throws {
        try await withQueue { queue in
            let events = try await queue.events()
            let count = try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask {
                    var count = 0
                    for try await _ in events { count += 1 }
                    return count
                }
                try await queue.add("a", data: .null)
                try await Task.sleep(for: .milliseconds(50))
                group.cancelAll()
                return try await group.next()
            }
            #expect(count ?? -1 >= 0)
        }
    }

    @Test func leavesNoConnectionBehind() async throws {
        let server = try await TestRedis()
        try await withQueue(url: server.url) { queue in
            try await queue.add("a", data: .null)
            _ = try await take(1, of: queue.events(after: "0"))
            let end = ContinuousClock.now + .seconds(30)
            while try await queue.redis.send("CLIENT", "LIST", as: String.self).contains(":qe") {
                if ContinuousClock.now > end { throw Late(message: "the connection is still there") }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    @Test func resultOfAJob() async throws {
        try await withQueue { queue in
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { job, _ in
                try await Task.sleep(for: .milliseconds(50))
                if job.name == "bad" { throw Oops(description: "no") }
                return ["answer": 42]
            }
            try await withWorkers([worker]) {
                let good = try await queue.add("good", data: .null, options: .init(removeOnComplete: JobRetention.none))
                #expect(try await queue.result(of: good.id) == RawJSON(["answer": 42]))
                #expect(try await queue.job(good.id) == nil)
                #expect(try await queue.result(of: good.id) == RawJSON(["answer": 42]), "it is gone, and its events tell")
                let bad = try await queue.add("bad", data: .null)
                for _ in 0..<2 {
                    await #expect(throws: JobFailed(jobID: bad.id, reason: "no")) { try await queue.result(of: bad.id) }
                }
                await #expect(throws: BullMQError.self) { try await queue.result(of: "nobody") }
            }
            let held = try await queue.add("held", data: .null)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let error = await #expect(throws: BullMQError.self) { try await queue.result(of: held.id) }
                    #expect(error?.code == .notFound)
                }
                try await Task.sleep(for: .milliseconds(50))
                try await queue.remove(held.id)
                try await group.waitForAll()
            }
        }
    }
}
