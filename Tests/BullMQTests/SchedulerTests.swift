import JSON
import Primitives
import RedisTestSupport
import Testing

@testable import BullMQ

@Suite(.timeLimit(.minutes(10))) struct SchedulerTests {
    @Test func makesTheNextJobWhenOneStarts() async throws {
        try await withQueue { queue async throws in
            let first = try await queue.upsertScheduler(
                "tick", .every(.milliseconds(100)), template: JobTemplate(name: "t", data: ["n": 1]))
            #expect(first?.delay == .zero && first?.id.hasPrefix("repeat:tick:") == true)
            let slots = Notes<Int>()
            let worker = Worker(queue.name, redis: queue.redis, options: .init(concurrency: 3), logger: quiet) { job, _ in
                #expect(job.name == "t" && job.data == RawJSON(["n": 1]) && job.schedulerID == "tick")
                slots.add(Int(job.id.split(separator: ":").last ?? "") ?? 0)
                return nil
            }
            try await withWorkers([worker]) {
                let end = ContinuousClock.now + .seconds(60)
                while slots.all.count < 4 {
                    if ContinuousClock.now > end { throw Late(message: "\(slots.all)") }
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
            #expect(Set(slots.all).count == slots.all.count && Set(slots.all.map { $0 % 100 }).count == 1)
            let scheduler = try #require(try await queue.scheduler("tick"))
            #expect(scheduler.iterations ?? 0 > slots.all.count - 1)
            #expect(scheduler.schedule?.repetition == .every(.milliseconds(100)) && scheduler.template.name == "t")
            #expect(try await queue.removeScheduler("tick"))
            #expect(try await queue.schedulerCount() == 0)
        }
    }

    @Test func twoUpsertsAreOneScheduler() async throws {
        try await withQueue { queue async throws in
            let later = Timestamp.now + .seconds(3600)
            for number in 0..<3 {
                try await queue.upsertScheduler(
                    "s", JobSchedule(.every(.seconds(60)), start: later), template: JobTemplate(data: ["n": .number(number)]))
            }
            #expect(try await queue.counts()[.delayed] == 1)
            #expect(try await queue.jobs(in: .delayed).map(\.data) == [RawJSON(["n": 2])])
            #expect(try await queue.scheduler("s")?.next == later.roundedToMilliseconds)
        }
    }

    @Test func concurrentUpsertsLeaveOneJob() async throws {
        try await withQueue { queue async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await queue.upsertScheduler("s", .cron("0 0 1 1 *", timeZone: "Europe/Berlin")) }
                }
                try await group.waitForAll()
            }
            #expect(try await queue.counts()[.delayed] == 1)
            #expect(try await queue.schedulers().map(\.id) == ["s"])
        }
    }

    @Test func idsMayContainAnything() async throws {
        try await withQueue { queue async throws in
            for id in [#"quo"te\ / ü"#, "a:b:c", "with space", "percent %s %d"] {
                let job = try #require(try await queue.upsertScheduler(id, .every(.seconds(60))))
                let stored = try #require(try await queue.job(job.id))
                #expect(stored.schedulerID == id && stored.options.id == job.id)
                #expect(stored.options.other["repeatJobKey"] == .string(id))
                #expect(try await queue.removeScheduler(id))
            }
        }
    }

    @Test func anEndThatLeavesNothing() async throws {
        try await withQueue { queue async throws in
            // A leap day within the next ten seconds is as good as impossible.
            let schedule = JobSchedule(.cron("0 0 29 2 *"), end: .now + .seconds(10))
            #expect(try await queue.upsertScheduler("s", schedule) == nil)
            #expect(try await queue.schedulerCount() == 0)
        }
    }

    @Test(
        "Refuses",
        arguments: [
            JobSchedule(.every(.zero)), JobSchedule(.every(.seconds(1), offset: .seconds(1))), JobSchedule(.every(.seconds(1)), limit: 0),
            JobSchedule(.every(.seconds(1)), end: Timestamp(milliseconds: 1000)), .cron("nonsense"),
            .cron("* * * * *", timeZone: "Nowhere"),
            JobSchedule(.cron("* * * * *"), start: .now + .seconds(60), isImmediate: true),
        ])
    func refuses(schedule: JobSchedule) async throws {
        try await withQueue { queue async throws in
            let error = await #expect(throws: BullMQError.self) { try await queue.upsertScheduler("s", schedule) }
            #expect(error?.code == .invalidOptions)
            #expect(try await queue.schedulerCount() == 0)
        }
    }

    @Test(
        "Keys of old repeatable jobs",
        arguments: [("mail:::Europe/Berlin:0 9 * * *", true), ("n:id:99::5000", true), ("a:b:c", false), ("a:b:c:d:e", false)])
    func legacyKeys(key: String, isLegacy: Bool) {
        #expect((LegacyRepeatKey(key) != nil) == isLegacy)
    }
}
