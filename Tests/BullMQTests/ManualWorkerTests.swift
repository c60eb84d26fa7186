import JSON
import Primitives
import RedisClient
import Testing

@testable import BullMQ

@Suite(.timeLimit(.minutes(10))) struct ManualWorkerTests {
    @Test func takesAndFinishesOneByOne() async throws {
        try await withQueue { queue in
            try await queue.addBulk((0..<5).map { NewJob("n", data: .number($0), options: .init(attempts: $0 == 1 ? 2 : 0)) })
            let worker = ManualWorker(queue.name, redis: queue.redis, options: .init(name: "hand"))
            let first = try #require(try await worker.next())
            #expect(first.job.id == "1" && first.job.attemptsStarted == 1)
            let second = try #require(try await first.completeAndFetch("one"))
            try await second.fail(Oops(description: "again"))
            let third = try #require(try await worker.next())
            try await third.delay(until: .now + .seconds(60))
            let fourth = try #require(try await worker.next())
            try await fourth.giveBack()
            #expect(try await worker.next()?.job.id == "4")
            let counts = try await queue.counts()
            #expect(counts[.completed] == 1 && counts[.delayed] == 1 && counts[.wait] == 2 && counts[.active] == 1)
            #expect(try await queue.job("1")?.processedBy == "hand")
            #expect(try await queue.outcome(of: "1") == .completed(RawJSON("one")))
            #expect(try await queue.outcome(of: "5") == nil)
        }
    }

    /// Number 37 of the conformance checklist.
    @Test func extendingLocksNamesTheLostOnes() async throws {
        try await withQueue { queue in
            try await queue.addBulk((0..<4).map { NewJob("n", data: .number($0)) })
            let worker = ManualWorker(queue.name, redis: queue.redis, options: .init(lockDuration: .seconds(60)))
            var held: [HeldJob] = []
            while let job = try await worker.next() { held.append(job) }
            _ = try await queue.raw(queue.redis, "SET", "2:lock", "another")
            _ = try await queue.raw(queue.redis, "DEL", "3:lock")
            _ = try await queue.raw(queue.redis, "SADD", "stalled", "1", "2")
            _ = try await queue.raw(queue.redis, "PEXPIRE", "4:lock", 20_000)
            #expect(try await worker.extendLocks(of: held) == ["2", "3"])
            #expect(try await queue.raw(queue.redis, "PTTL", "4:lock").int ?? 0 > 20_000)
            #expect(try await queue.raw(queue.redis, "SISMEMBER", "stalled", "1").int == 0)
            #expect(try await queue.raw(queue.redis, "SISMEMBER", "stalled", "2").int == 1)
        }
    }

    /// Two workers race for one job, many times: each job is had by one.
    @Test func nobodyGetsAJobTwice() async throws {
        try await withQueue { queue in
            let had = Notes<String>()
            for _ in 0..<50 {
                try await queue.add("one", data: .null)
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            let worker = ManualWorker(queue.name, redis: queue.redis)
                            if let job = try? await worker.next() { had.add(job.job.id) }
                        }
                    }
                }
            }
            #expect(had.all.count == 50 && Set(had.all).count == 50)
        }
    }

    @Test func clocksThatDisagree() async throws {
        try await withQueue { queue in
            func turn(_ reports: [Report], _ now: Timestamp, fetch: Int) async throws -> TurnReply {
                var arguments = Scripts.turnArguments(
                    reports, toFetch: fetch, worker: "skewed", firstToken: 1, options: WorkerOptions(lockDuration: .seconds(30)))
                arguments[0] = RedisArgument(now.milliseconds)
                return TurnReply(try await queue.run(Scripts.turn, arguments))
            }
            // Added by a machine that is an hour ahead: delays count from its time.
            let ahead = Timestamp.now + .seconds(3600)
            try await queue.add("later", data: .null, options: .init(id: "l", delay: .seconds(1), timestamp: ahead))
            try await queue.add("now", data: .null, options: .init(id: "n", timestamp: ahead))
            // A worker that is an hour behind runs what is ready, and keeps its lock by the server's clock.
            let behind = Timestamp.now - .seconds(3600)
            let reply = try await turn([], behind, fetch: 5)
            #expect(reply.jobs.map(\.job.id) == ["n"] && reply.nextDelayed == (ahead + .seconds(1)).milliseconds)
            let ttl = try await queue.raw(queue.redis, "PTTL", "n:lock").int ?? 0
            #expect(ttl > 10_000 && ttl <= 30_000)
            // Nobody with any clock takes it for stalled.
            for _ in 0..<2 {
                _ = try await queue.raw(queue.redis, "DEL", "stalled-check")
                #expect(try await queue.checkStalled(WorkerOptions()).ids == [])
            }
            let held = try #require(reply.jobs.first)
            let done = Report(held, .completed(value: RawJSON(.null)))
            #expect(try await turn([done], behind, fetch: 0).codes == [0])
            // One that is ahead promotes early, by as much as it is: nothing is lost or run twice.
            #expect(try await turn([], ahead + .seconds(2), fetch: 5).jobs.map(\.job.id) == ["l"])
            #expect(try await turn([], ahead + .seconds(2), fetch: 5).jobs.isEmpty)
        }
    }

    /// What one report of a turn does to a parent counts for the reports after it.
    @Test func aFamilyInOneTurn() async throws {
        try await withQueue { queue in
            let worker = ManualWorker(queue.name, redis: queue.redis)
            let done = Verdict.completed(value: RawJSON(.null))
            let failed = Verdict.failed(reason: "no", stack: RawJSON(.array([])))
            let cases: [(end: Verdict, childFirst: Bool, codes: [Int])] = [
                (done, true, [0, 0]), (failed, true, [0, -9]), (done, false, [-4, 0]), (failed, false, [-4, 0]),
            ]
            for (number, test) in cases.enumerated() {
                try await queue.add("parent", data: .null, options: .init(id: "p\(number)"))
                let parent = try #require(try await worker.next())
                let options = JobOptions(parent: JobParent(id: "p\(number)", queue: queue), onFailure: .failParent)
                try await queue.add("child", data: .null, options: options)
                let child = try #require(try await worker.next())
                let reports = [
                    Report(Assignment(child.job, token: child.token), test.end), Report(Assignment(parent.job, token: parent.token), done),
                ]
                let reply = try await worker.turn(test.childFirst ? reports : reports.reversed(), toFetch: 0)
                #expect(reply.codes == test.codes, "case \(number)")
            }
        }
    }
}
