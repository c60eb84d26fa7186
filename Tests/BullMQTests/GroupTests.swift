import JSON
import Primitives
import RedisClient
import Synchronization
import Testing

@testable import BullMQ

@Suite(.timeLimit(.minutes(10))) struct GroupTests {
    @Test func turnsGoRoundBetweenGroups() async throws {
        try await withQueue { queue in
            try await queue.addBulk(
                ["a", "b", "c"].flatMap { name in
                    (0..<4).map { NewJob("\(name)\($0)", data: JSONValue.null, options: .init(group: JobGroup([name]))) }
                })
            try await queue.add("plain0", data: JSONValue.null)
            try await queue.add("plain1", data: JSONValue.null)
            let order = Notes<String>()
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { job, _ in
                order.add(job.name)
                return nil
            }
            try await withWorkers([worker]) { try await queue.wait(for: 14, in: .completed) }
            let first = Set(order.all.prefix(4))
            #expect(first == ["a0", "b0", "c0", "plain0"])
            #expect(Set(order.all[4..<8]) == ["a1", "b1", "c1", "plain1"])
            for name in ["a", "b", "c"] {
                #expect(order.all.filter { $0.hasPrefix(name) } == (0..<4).map { "\(name)\($0)" })
            }
            try await expectNoGroupKeys(queue)
        }
    }

    @Test func aGroupedJobIsInNoListOfTheQueue() async throws {
        try await withQueue { queue in
            try await queue.add("a", data: JSONValue.null, options: .init(id: "a", group: JobGroup(["org/1", "q|2", "k%3"])))
            try await queue.add("d", data: JSONValue.null, options: .init(id: "d", delay: .seconds(60), group: JobGroup(["org/1"])))
            for key in ["wait", "prioritized", "delayed", "marker"] {
                #expect(try await queue.raw(queue.redis, "EXISTS", key).int == 0)
            }
            #expect(try await queue.job("a")?.groupPath == ["org/1", "q|2", "k%3"])
            let worker = ManualWorker(queue.name, redis: queue.redis)
            let job = try #require(try await worker.next())
            #expect(job.job.id == "a" && job.job.options.group?.path == ["org/1", "q|2", "k%3"])
            #expect(try await queue.raw(queue.redis, "LRANGE", "active", 0, -1).array?.compactMap(\.string) == ["a"])
            try await job.complete()
            try await queue.remove("d")
            try await queue.remove("a")
            try await expectNoGroupKeys(queue)
        }
    }

    /// 10 groups of weights 1 to 10 under saturation get jobs in proportion within 5 %.
    @Test func sharesAreInProportionToWeights() async throws {
        try await withQueue { queue in
            for weight in 1...10 {
                try await queue.setGroup(["g\(weight)"], GroupSettings(weight: Double(weight)))
            }
            try await queue.addBulk(
                (1...10).flatMap { weight in
                    (0..<(weight * 120)).map { _ in
                        NewJob("g\(weight)", data: JSONValue.null, options: .init(group: JobGroup(["g\(weight)"])))
                    }
                })
            let served = Notes<String>()
            let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 20), logger: quiet) { job, _ in
                served.add(job.name)
                try await Task.sleep(for: .milliseconds(5))
                return nil
            }
            try await withWorkers([worker]) {
                while served.all.count < 5600 { try await Task.sleep(for: .milliseconds(10)) }
            }
            let sample = served.all.prefix(5500)
            for weight in 1...10 {
                let share = Double(sample.filter { $0 == "g\(weight)" }.count) / Double(sample.count)
                let due = Double(weight) / 55
                #expect(abs(share - due) <= 0.05 * due, "group \(weight): \(share) instead of \(due)")
            }
        }
    }

    @Test func aNewcomerStartsAtOnceFromTheReserve() async throws {
        try await withQueue { queue in
            let options = JobOptions(group: JobGroup(["slow"]))
            try await queue.addBulk((0..<100).map { _ in NewJob("slow", data: JSONValue.null, options: options) })
            let started = Notes<String>()
            let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 10), logger: quiet) { job, _ in
                started.add(job.name)
                if job.name == "slow" { try await Task.sleep(for: .seconds(60)) }
                return nil
            }
            try await withWorkers([worker]) {
                while started.all.count < 9 { try await Task.sleep(for: .milliseconds(5)) }
                try await Task.sleep(for: .milliseconds(200))
                #expect(started.all.count == 9)
                let start = ContinuousClock.now
                try await queue.add("quick", data: JSONValue.null, options: .init(group: JobGroup(["quick"])))
                try await queue.wait(for: 1, in: .completed, within: .seconds(10))
                #expect(.now - start < .seconds(1))
                try await queue.add("plain", data: JSONValue.null)
                try await queue.wait(for: 2, in: .completed, within: .seconds(10))
                #expect(.now - start < .seconds(2))
            }
        }
    }

    @Test func limitsOfEachLevelHold() async throws {
        try await withQueue { queue in
            try await queue.setGroup(["org"], GroupSettings(concurrency: 3))
            try await queue.setGroup(["org", "q1"], GroupSettings(concurrency: 1))
            for name in ["q1", "q2"] {
                try await queue.addBulk(
                    (0..<20).map { _ in NewJob(name, data: JSONValue.null, options: .init(group: JobGroup(["org", name]))) })
            }
            let running = Notes<Int>()
            let counts = Counter()
            let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 10), logger: quiet) { job, _ in
                let now = counts.change(job.name, 1)
                #expect(now[job.name] ?? 0 <= (job.name == "q1" ? 1 : 3))
                running.add(now.values.reduce(0, +))
                try await Task.sleep(for: .milliseconds(5))
                _ = counts.change(job.name, -1)
                return nil
            }
            try await withWorkers([worker]) { try await queue.wait(for: 40, in: .completed) }
            #expect(running.all.max() == 3)
        }
    }

    @Test func aRateHoldsAndEndsByItself() async throws {
        try await withQueue { queue in
            try await queue.setGroup(["g"], GroupSettings(rate: RateLimit(max: 2, per: .milliseconds(400))))
            try await queue.addBulk((0..<6).map { _ in NewJob("g", data: JSONValue.null, options: .init(group: JobGroup(["g"]))) })
            let starts = Notes<Int64>()
            let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 10), logger: quiet) { _, _ in
                starts.add(Timestamp.now.milliseconds)
                return nil
            }
            try await withWorkers([worker]) { try await queue.wait(for: 6, in: .completed, within: .seconds(10)) }
            let times = starts.all.sorted()
            // The third waits for the second window, the fifth for the third; no longer than it must.
            #expect(times[4] - times[0] >= 780 && times[4] - times[0] < 2500)
        }
    }

    @Test func anOrderedGroupKeepsItsOrderThroughRetries() async throws {
        try await withQueue { queue in
            let group = JobGroup(["org", "q", "key"], isOrdered: true)
            let options = JobOptions(attempts: 3, backoff: .fixed(.milliseconds(60)), group: group)
            try await queue.addBulk((0..<4).map { NewJob("\($0)", data: JSONValue.null, options: options) })
            let order = Notes<String>()
            let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 10), logger: quiet) { job, _ in
                order.add(job.name)
                if job.attemptsMade < 2, job.name != "1" { throw Oops(description: "again") }
                return nil
            }
            try await withWorkers([worker]) { try await queue.wait(for: 4, in: .completed, within: .seconds(20)) }
            #expect(order.all == ["0", "0", "0", "1", "2", "2", "2", "3", "3", "3"])
            try await expectNoGroupKeys(queue)
        }
    }
}

/// Groups that hold nothing and have no settings leave nothing behind.
func expectNoGroupKeys(_ queue: Queue) async throws {
    let keys = try await queue.redis.send("KEYS", RedisArgument("bull:\(queue.name):sw:*"))
    #expect(keys.array?.compactMap(\.string).filter { !$0.hasSuffix("sw:pc") } == [])
}

final class Counter: Sendable {
    private let counts = Mutex<[String: Int]>([:])
    func change(_ name: String, _ by: Int) -> [String: Int] {
        counts.withLock {
            $0[name, default: 0] += by
            return $0
        }
    }
}
