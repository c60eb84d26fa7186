import JSON
import Primitives
import RedisClient
import RedisTestSupport
import Testing

@testable import BullMQ

/// Random sequences of everything that happens to jobs in groups; after each step all keys must agree.
@Suite(.timeLimit(.minutes(10))) struct GroupPropertyTests {
    @Test(arguments: 0..<60) func nothingIsLostAndNoLimitExceeded(_ number: Int) async throws {
        let seed = UInt64.random(in: 0...(.max))
        print("group sequence \(number): seed \(seed)")
        try await withQueue { queue in
            var history = GroupHistory(queue, seed: seed)
            for step in 0..<60 {
                let action = try await history.step()
                let problems = try await GroupInvariants.problems(of: queue)
                #expect(problems == [], "seed \(seed), step \(step): \(action)")
                try await history.compareExplanation()
                if !problems.isEmpty { return }
            }
            try await history.finish()
            #expect(try await GroupInvariants.problems(of: queue) == [], "seed \(seed), end")
        }
    }

    /// Each of these defects is found.
    @Test func theCheckerFindsDefects() async throws {
        for defect in ["ring", "count", "index", "held"] {
            try await withQueue { queue in
                try await queue.addBulk(
                    ["a", "b"].map { NewJob("j", data: JSONValue.null, options: .init(group: JobGroup([$0, "q"]))) })
                _ = try await ManualWorker(queue.name, redis: queue.redis).next()
                #expect(try await GroupInvariants.problems(of: queue) == [])
                switch defect {
                case "ring": _ = try await queue.raw(queue.redis, "DEL", "sw:i:")
                case "count": _ = try await queue.raw(queue.redis, "RPUSH", "sw:w:a/q", "ghost")
                case "index": _ = try await queue.raw(queue.redis, "ZREM", "sw:groups", "a/q")
                default: _ = try await queue.raw(queue.redis, "LPOP", "active")
                }
                #expect(try await GroupInvariants.problems(of: queue) != [], "\(defect)")
            }
        }
    }
}

/// What was done to a queue, and what must therefore be true of its jobs.
private struct GroupHistory {
    let queue: Queue
    var random: SeededGenerator
    var held: [(worker: ManualWorker, job: HeldJob)] = []
    var unfinished: Set<String> = []
    var count = 0
    private let workers: [ManualWorker]

    init(_ queue: Queue, seed: UInt64) {
        self.queue = queue
        random = SeededGenerator(state: seed)
        workers = (0..<3).map { _ in ManualWorker(queue.name, redis: queue.redis, options: .init(maxStalledCount: 1000)) }
    }

    mutating func path() -> [String] {
        let length = Int.random(in: 1...3, using: &random)
        return (0..<length).map { level in ["a", "b", "c"][Int.random(in: 0...(level == 0 ? 2 : 1), using: &random)] }
    }

    mutating func pick<T>(_ items: [T]) -> Int? { items.isEmpty ? nil : Int.random(in: 0..<items.count, using: &random) }

    mutating func step() async throws -> String {
        let kind = Int.random(in: 0..<17, using: &random)
        switch kind {
        case 0...3:
            var jobs: [NewJob] = []
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                count += 1
                let id = "j\(count)"
                unfinished.insert(id)
                let path = path()
                let group =
                    Bool.random(using: &random) && Bool.random(using: &random) ? nil : JobGroup(path, isOrdered: path == ["a", "b", "a"])
                jobs.append(
                    NewJob(
                        "j", data: JSONValue.null,
                        options: .init(
                            id: id, delay: .milliseconds([0, 0, 0, 20].randomElement(using: &random) ?? 0), attempts: 3,
                            backoff: .fixed(.milliseconds(5)), priority: [0, 0, 3].randomElement(using: &random) ?? 0, group: group)))
            }
            try await queue.addBulk(jobs)
            return "add \(jobs.map { "\($0.options.id ?? "") \($0.options.group?.path ?? [])" })"
        case 4...7:
            guard let index = pick(workers), let job = try await workers[index].next() else { return "fetch nothing" }
            #expect(!held.contains { $0.job.job.id == job.job.id }, "\(job.job.id) runs twice at once")
            held.append((workers[index], job))
            return "fetch \(job.job.id)"
        case 8, 9:
            guard let index = pick(held) else { return "nothing to complete" }
            let job = held.remove(at: index).job
            try await job.complete()
            unfinished.remove(job.job.id)
            return "complete \(job.job.id)"
        case 10:
            guard let index = pick(held) else { return "nothing to fail" }
            let job = held.remove(at: index).job
            try await job.fail(Oops(description: "no"))
            if job.job.attemptsMade == 2 { unfinished.remove(job.job.id) }
            return "fail \(job.job.id)"
        case 11:
            guard let index = pick(held) else { return "nothing to give back" }
            let job = held.remove(at: index).job
            try await job.giveBack()
            return "give back \(job.job.id)"
        case 12:
            guard let index = pick(held) else { return "nothing to kill" }
            let job = held.remove(at: index).job
            _ = try await queue.raw(queue.redis, "DEL", "\(job.job.id):lock")
            for _ in 0..<2 {
                _ = try await queue.raw(queue.redis, "DEL", "stalled-check")
                _ = try await queue.checkStalled(.init(maxStalledCount: 1000))
            }
            return "kill the worker of \(job.job.id)"
        case 13:
            let path = path()
            // Above what runs, so that the limit holds at every moment from here on.
            let running = try await queue.group(path)?.active ?? 0
            let settings = GroupSettings(
                weight: [nil, 2, 0.5].randomElement(using: &random) ?? nil,
                concurrency: [nil, running + 1].randomElement(using: &random) ?? nil,
                rate: Bool.random(using: &random) ? RateLimit(max: 2, per: .milliseconds(30)) : nil, isOrdered: path == ["a", "b", "a"])
            // The window that runs is kept, and counts against a new rate.
            try await queue.setGroup(path, settings)
            return "set \(path)"
        case 14:
            let path = path()
            if Bool.random(using: &random) { try await queue.pauseGroup(path) } else { try await queue.resumeGroup(path) }
            return "pause or resume \(path)"
        case 15:
            guard let id = unfinished.sorted().randomElement(using: &random), !held.contains(where: { $0.job.job.id == id }) else {
                return "nothing to remove"
            }
            try await queue.remove(id)
            unfinished.remove(id)
            return "remove \(id)"
        default:
            guard let id = unfinished.sorted().randomElement(using: &random) else { return "nothing to promote" }
            let verb = Int.random(in: 0...2, using: &random)
            do {
                switch verb {
                case 0: try await queue.promote(id)
                case 1: try await queue.changeDelay(of: id, to: .milliseconds(10))
                default: try await queue.changePriority(of: id, to: 5)
                }
            } catch is BullMQError {}
            return "\(["promote", "put off", "change priority of"][verb]) \(id)"
        }
    }

    /// What ``Queue/explain(_:)`` says of some job must be so.
    mutating func compareExplanation() async throws {
        guard let id = unfinished.sorted().randomElement(using: &random) else { return }
        let explanation = try await queue.explain(id)
        let path = try await queue.job(id)?.groupPath ?? []
        switch explanation {
        case .active: #expect(try await queue.state(of: id) == .active)
        case .delayed: #expect(try await queue.state(of: id) == .delayed)
        case .groupPaused(let group): #expect(try await queue.group(group)?.isPaused == true && path.starts(with: group))
        case .groupAtItsConcurrency(let group, let running, let limit, let ids):
            let now = try #require(try await queue.group(group))
            #expect(now.active == running && now.settings.concurrency == limit && running >= limit && ids.count == running)
        case .rateLimited(let until, let group):
            // The window may have ended meanwhile.
            let rate = try await queue.group(try #require(group))?.settings.rate
            #expect(rate != nil && until < .now + .seconds(1))
        case .waitingForOrder(let group, let holder): #expect(group == path && holder != id)
        case .waitingForItsTurn(let position, _, _):
            for depth in path.indices {
                let group = try #require(try await queue.group(Array(path[...depth])))
                #expect(!group.isPaused && group.active < group.settings.concurrency ?? .max && position < group.waiting)
            }
        case .noWorkerConnected, .finished, .waitingForChildren, .queuePaused, .queueAtItsConcurrency: break
        case .lost: Issue.record("\(id) is lost")
        }
    }

    /// Lifts all limits and runs what is left: every job comes, once.
    mutating func finish() async throws {
        for group in try await queue.groups(limit: 1000).groups {
            try await queue.setGroup(group.path, GroupSettings())
            try await queue.resumeGroup(group.path)
        }
        let end = ContinuousClock.now + .seconds(20)
        while !unfinished.isEmpty, .now < end {
            for held in held {
                try await held.job.complete()
                unfinished.remove(held.job.job.id)
            }
            held = []
            if let job = try await workers[0].next() {
                #expect(unfinished.contains(job.job.id))
                held.append((workers[0], job))
            } else if !unfinished.isEmpty {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        #expect(unfinished == [])
        try await expectNoGroupKeys(queue)
    }
}

struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
