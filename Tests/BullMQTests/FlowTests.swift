import JSON
import Primitives
import RedisClient
import Testing

@testable import BullMQ

@Suite(.timeLimit(.minutes(10))) struct FlowTests {
    @Test func aTreeRunsFromItsLeaves() async throws {
        try await withQueue { queue in
            let producer = FlowProducer(redis: queue.redis)
            let flow = FlowJob(
                "sum", queue: queue.name,
                children: (1...3).map { number in
                    FlowJob(
                        "sum", queue: queue.name, data: ["own": .number(number * 10)],
                        children: [FlowJob("leaf", queue: queue.name, data: .number(number))])
                })
            let added = try await producer.add(flow)
            #expect(added.isNew && added.children.count == 3 && added.children.allSatisfy { $0.children.count == 1 })
            let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 4), logger: quiet) { job, context in
                if job.name == "leaf" { return try job.json() }
                let values = try await context.childrenValues().values.compactMap { try JSONValue(parsing: $0.bytes).int }
                return .number(values.reduce(try job.json()["own"]?.int ?? 0, +))
            }
            try await withWorkers([worker]) { try await queue.wait(for: 7, in: .completed) }
            #expect(try await queue.job(added.id)?.returnValue?.text == "66")
            let seen = try #require(try await producer.flow(added.id, queue: queue.name))
            #expect(seen.children.count == 3 && seen.children.allSatisfy { $0.children.count == 1 && $0.job.parentKey != nil })
            #expect(try await producer.flow(added.id, queue: queue.name, depth: 1)?.children.count == 0)
        }
    }

    @Test func allOfItOrNothing() async throws {
        try await withQueue { queue in
            let producer = FlowProducer(redis: queue.redis)
            try await producer.add(FlowJob("a", queue: queue.name, children: [FlowJob("c", queue: queue.name, options: .init(id: "mine"))]))
            let before = try await queue.counts()
            let refused = FlowJob(
                "b", queue: queue.name + "other",
                children: [FlowJob("x", queue: queue.name), FlowJob("c", queue: queue.name, options: .init(id: "mine"))])
            let error = await #expect(throws: BullMQError.self) { try await producer.addBulk([FlowJob("z", queue: queue.name), refused]) }
            #expect(error?.code == .parentMismatch)
            #expect(try await queue.counts() == before)
            let other = try await Queue(queue.name + "other", redis: queue.redis).counts()
            #expect(other.values.allSatisfy { $0 == 0 })
        }
    }

    @Test func whatIsRefused() async throws {
        try await withQueue { queue in
            let producer = FlowProducer(redis: queue.redis)
            let child = FlowJob("c", queue: queue.name)
            for flow in [
                FlowJob("p", queue: queue.name, options: .init(deduplication: .simple("x")), children: [child]),
                FlowJob("p", queue: "a:b"), FlowJob("p", queue: queue.name, options: .init(id: "12"), children: [child]),
                FlowJob("p", queue: queue.name, children: [FlowJob("c", queue: queue.name, options: .init(priority: -1))]),
            ] {
                await #expect(throws: BullMQError.self) { try await producer.add(flow) }
            }
            let counts = try await queue.counts()
            #expect(counts.values.allSatisfy { $0 == 0 })
        }
    }

    @Test func defaultsOfAQueue() async throws {
        try await withQueue { queue in
            let producer = FlowProducer(redis: queue.redis)
            let flow = FlowJob("p", queue: queue.name, children: [FlowJob("c", queue: queue.name, options: .init(attempts: 5))])
            let usual = JobOptions(attempts: 2, removeOnComplete: .newest(7), onFailure: .ignore)
            let added = try await producer.add(flow, defaults: [queue.name: usual])
            let child = try #require(try await queue.job(added.children[0].id))
            #expect(child.options.attempts == 5 && child.options.removeOnComplete == .newest(7) && child.options.onFailure == .ignore)
            #expect(try await queue.job(added.id)?.options.attempts == 2)
        }
    }

    /// The parent is ready once its last child is in the tree, not before: its only children had completed.
    @Test func childrenThatHadCompleted() async throws {
        try await withQueue { queue in
            for id in ["a", "b"] { try await queue.add("v", data: .null, options: .init(id: id)) }
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { job, _ in .string(job.name) }
            try await withWorkers([worker]) { try await queue.wait(for: 2, in: .completed) }
            let children = ["a", "b"].map { FlowJob("v", queue: queue.name, options: .init(id: $0)) }
            let added = try await FlowProducer(redis: queue.redis).add(FlowJob("p", queue: queue.name, children: children))
            #expect(added.children.map(\.isNew) == [false, false])
            #expect(try await queue.state(of: added.id) == .wait)
            #expect(try await queue.childrenValues(of: added.id).count == 2)
        }
    }

    @Test func waitingForChildrenThatFailed() async throws {
        try await withQueue { queue in
            try await queue.add("parent", data: .null, options: .init(id: "p", attempts: 3))
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { job, context in
                if job.name == "child" { throw Oops(description: "no") }
                guard job.attemptsStarted == 1 else { return nil }
                try await context.addChildren([NewJob("child", data: .null, options: .init(onFailure: .failParent))])
                throw WaitForChildren()
            }
            try await withWorkers([worker]) { try await queue.wait(for: 2, in: .failed) }
            // The parent was the queue's first job, its child the second.
            #expect(try await queue.job("p")?.failedReason == "child bull:\(queue.name):2 failed")
            #expect(try await queue.childCounts(of: "p") == ChildCounts(processed: 0, pending: 0, ignored: 0, failed: 1))
        }
    }
}
