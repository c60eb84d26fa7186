import JSON
import RedisClient
import Synchronization
import Testing

@testable import BullMQ

/// Turns that overlap: nothing runs twice, nothing is forgotten, and never too much at once.
@Suite(.timeLimit(.minutes(10))) struct WorkerLoopTests {
    @Test(arguments: [1, 3, 16, 60]) func neverMoreAtOnceThanAllowed(concurrency: Int) async throws {
        try await withQueue { queue in
            let (now, most, runs) = (Gauge(), Gauge(), Notes<String>())
            let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: concurrency), logger: quiet) { job, _ in
                most.raise(to: now.add(1))
                if job.id.hasSuffix("7") { try await Task.sleep(for: .milliseconds(3)) } else { await Task.yield() }
                runs.add(job.id)
                now.add(-1)
                return nil
            }
            try await queue.addBulk((0..<2000).map { NewJob("n", data: .number($0)) })
            try await withWorkers([worker]) { try await queue.wait(for: 2000, in: .completed) }
            #expect(Set(runs.all).count == 2000 && runs.all.count == 2000)
            #expect(most.value <= concurrency && most.value >= min(concurrency, 2))
        }
    }

    /// A wake-up that gets lost would cost a minute here.
    @Test func noWakeUpIsLost() async throws {
        try await withQueue { queue in
            let (stream, ended) = AsyncStream.makeStream(of: String.self)
            let options = WorkerOptions(concurrency: 3, drainDelay: .seconds(60))
            let workers = (0..<2).map { _ in
                Worker(queue.name, redis: queue.redis, options: options, logger: quiet) { job, _ in
                    ended.yield(job.id)
                    return nil
                }
            }
            try await withWorkers(workers) {
                var done = stream.makeAsyncIterator()
                for number in 0..<300 {
                    // One, two or three at a time, some of them due in a moment, each time until the queue is empty.
                    let count = number % 3 + 1
                    for place in 0..<count {
                        let delay: Duration = (number + place) % 5 == 0 ? .milliseconds(3) : .zero
                        try await queue.add("w", data: .null, options: .init(delay: delay))
                    }
                    for _ in 0..<count { _ = await done.next() }
                }
            }
        }
    }

    /// What renews locks, and what cancels, must know where a job is on its way out.
    @Test func anAssignmentsLife() throws {
        let fields = JobFields(.array([.bulkString(Array("name".utf8)), .bulkString(Array("n".utf8))]))
        let job = try #require(Job(id: "1", fields: fields))
        let assignment = Assignment(job, token: "w:1")
        let later = ContinuousClock.now + .seconds(1)
        #expect(assignment.isRunning && assignment.needsRenewal(before: later))
        assignment.ended()
        #expect(!assignment.isRunning && assignment.needsRenewal(before: later))
        #expect(!assignment.cancel(.request("late")), "its processor is done")
        assignment.reported()
        #expect(!assignment.needsRenewal(before: later), "the report frees the lock")
        // The report did not arrive.
        assignment.ended()
        #expect(assignment.needsRenewal(before: later))
        assignment.renewed(at: later + .seconds(1))
        #expect(!assignment.needsRenewal(before: later))

        let wanted = Assignment(job, token: "w:2")
        #expect(wanted.cancel(.lockLost) && !wanted.cancel(.request("second")))
        #expect(wanted.cause == .lockLost)
        let task = Task { while !Task.isCancelled { await Task.yield() } }
        wanted.attach(task)
        #expect(task.isCancelled)
    }

    /// What a turn takes and brings stays within what a server accepts, and a client holds.
    @Test func largeJobsInSmallTurns() async throws {
        try await withQueue { queue in
            let text = JSONValue.string(String(repeating: "x", count: 2_000_000))
            try await queue.addBulk((0..<60).map { _ in NewJob("large", data: text) })
            let hand = ManualWorker(queue.name, redis: queue.redis)
            let taken = try await hand.turn([], toFetch: 250).jobs
            #expect(taken.count == 25)
            let back = try await hand.turn(taken.map { Report($0, .giveBack) }, toFetch: 0)
            #expect(back.codes == Array(repeating: 0, count: 25))

            let worker = Worker(
                queue.name, redis: queue.redis, options: .init(concurrency: 60, drainDelay: .seconds(100)), logger: quiet
            ) { job, _ in try job.json() }
            try await withWorkers([worker]) { try await queue.wait(for: 60, in: .completed) }
            try await queue.obliterate()

            var loop = WorkerLoop(worker)
            let value = Verdict.completed(value: RawJSON(text))
            loop.reports = (0..<20).map { _ in Report(taken[0], value) }
            #expect(loop.takeReports(250).count == 9 && loop.reports.count == 11)
            #expect(loop.takeReports(3).count == 3)
        }
    }

    @Test func aCanceledJobIsNotRunningAnyMore() async throws {
        try await withQueue { queue in
            try await queue.add("n", data: .null, options: .init(id: "a"))
            let worker = Worker(queue.name, redis: queue.redis, logger: quiet) { _, _ in nil }
            try await withWorkers([worker]) {
                try await queue.wait(for: 1, in: .completed)
                #expect(!worker.cancel("a"))
                while worker.statistics.running > 0 { try await Task.sleep(for: .milliseconds(5)) }
            }
        }
    }

    /// Thousands go out in one flight, in order, also to a server that does not know the script yet.
    @Test func bulkOfThousands() async throws {
        try await withQueue { queue in
            _ = try await queue.redis.send("SCRIPT", "FLUSH")
            let jobs = (0..<5_600).map { NewJob("b", data: .number($0), options: .init(id: $0 == 3 ? "mine" : nil)) }
            let added = try await queue.addBulk(jobs)
            #expect(added.map(\.id) == (1...5_600).map { $0 == 4 ? "mine" : String($0) })
            #expect(added.allSatisfy { $0.isNew })
            let listed = try await queue.jobs(in: .wait, from: 0, to: -1)
            #expect(listed.map(\.data.text) == (0..<5_600).map { String($0) })
            // Large ones in smaller groups.
            let text = JSONValue.string(String(repeating: "x", count: 600_000))
            #expect(try await queue.addBulk((0..<40).map { _ in NewJob("large", data: text) }).last?.id == "5640")
            #expect(try await queue.addBulk([]).isEmpty)
            try await queue.obliterate()
        }
    }
}

private final class Gauge: Sendable {
    private let number = Atomic(0)
    var value: Int { number.load(ordering: .relaxed) }
    @discardableResult func add(_ change: Int) -> Int { number.add(change, ordering: .relaxed).newValue }
    func raise(to other: Int) { _ = number.max(other, ordering: .relaxed) }
}
