import BullMQ
import JSON
import Primitives
import Synchronization

private struct Boom: Error, CustomStringConvertible { let description: String }

extension Driver {
    func work(_ request: Request, _ queue: Queue) async throws -> JSONValue? {
        let name = request.text("worker")
        switch request.op {
        case "work":
            let worker = Worker(
                queue.name, prefix: queue.prefix, redis: redis, options: Self.options(request), logger: logger
            ) { [self] job, context in
                state.withLock {
                    $0.runs[name, default: []].append([
                        "id": .string(job.id), "name": .string(job.name), "attemptsMade": .number(job.attemptsMade),
                        "attemptsStarted": .number(job.attemptsStarted), "at": .number(Timestamp.now.milliseconds),
                    ])
                }
                return try await Self.process(job, context)
            }
            state.withLock { $0.workers[name] = worker }
            try await worker.run()
            return true
        case "stop":
            let worker = state.withLock { $0.workers.removeValue(forKey: name) }
            await worker?.shutdown(within: .milliseconds(request.int("grace") ?? 10_000))
            return true
        case "runs": return .array(state.withLock { $0.runs[name] ?? [] })
        default: return nil
        }
    }

    private static func options(_ request: Request) -> WorkerOptions {
        var options = WorkerOptions(concurrency: request.int("concurrency") ?? 1, name: request["name"]?.string)
        if let milliseconds = request.int("lockDuration") { options.lockDuration = .milliseconds(milliseconds) }
        if let milliseconds = request.int("stalledInterval") { options.stalledInterval = .milliseconds(milliseconds) }
        if let milliseconds = request.int("drainDelay") { options.drainDelay = .milliseconds(milliseconds) }
        if let count = request.int("maxStalledCount") { options.maxStalledCount = count }
        if let max = request.int("max") { options.limiter = RateLimit(max: max, per: request.milliseconds("duration")) }
        options.metricsDataPoints = request.int("metrics")
        if let keep = request.int("removeOnComplete") { options.removeOnComplete = .newest(keep) }
        if let keep = request.int("removeOnFail") { options.removeOnFail = .newest(keep) }
        return options
    }

    /// What jobs do is in their names; an unknown name answers with the job.
    private static func process(_ job: Job, _ context: JobContext) async throws -> JSONValue? {
        let data = try job.json()
        switch job.name {
        case "value": return data["value"]
        case "sleep":
            try await Task.sleep(for: .milliseconds(data["ms"]?.int ?? 0))
            return nil
        case "fail": throw Boom(description: data["message"]?.string ?? "boom \(job.attemptsMade)")
        case "fatal": throw UnrecoverableError("fatal")
        case "flaky":
            if job.attemptsMade < data["failures"]?.int ?? 1 { throw Boom(description: "boom \(job.attemptsMade)") }
            return .number(job.attemptsMade)
        case "postponed":
            if job.attemptsStarted == 1 { throw DelayJob(until: .now + .milliseconds(data["ms"]?.int ?? 100)) }
            return .number(job.attemptsMade)
        case "limited":
            if job.attemptsStarted == 1 { throw RateLimitQueue(for: .milliseconds(data["ms"]?.int ?? 100)) }
            return .number(job.attemptsMade)
        case "told":
            try await context.updateProgress(data["progress"] ?? .null)
            for row in data["rows"]?.array ?? [] { try await context.log(row.string ?? "") }
            return nil
        case "remember":
            if job.attemptsStarted == 1 {
                try await context.updateData(RawJSON(["seen": true]))
                throw Boom(description: "once more")
            }
            return data
        case "parent":
            if job.attemptsStarted == 1 {
                let names = data["children"]?.array ?? []
                let other = data["queue"]?.string.map { Queue($0, prefix: context.queue.prefix, redis: context.queue.redis) }
                try await context.addChildren(names.map { NewJob("value", data: ["value": $0]) }, to: other)
                throw WaitForChildren()
            }
            let values = try await context.childrenValues().values.map { try JSONValue(parsing: $0.bytes) }
            return .array(values.sorted { $0.text() < $1.text() })
        case "values":
            var object = JSONObject()
            for (key, value) in try await context.childrenValues() { object[key] = try JSONValue(parsing: value.bytes) }
            return .object(object)
        default: return try describe(job)
        }
    }

    func hold(_ request: Request, _ queue: Queue) async throws -> JSONValue? {
        let operations = [
            "next", "checkStalled", "complete", "completeAndFetch", "fail", "delay", "giveBack", "waitForChildren", "extendLock",
        ]
        guard operations.contains(request.op) else { return nil }
        let id = request.text("job")
        let (manual, held) = state.withLock { state in
            let manual =
                state.manual[queue.name]
                ?? ManualWorker(queue.name, prefix: queue.prefix, redis: redis, options: Self.options(request))
            state.manual[queue.name] = manual
            return (manual, state.held[id])
        }
        switch request.op {
        case "next": return try keep(try await manual.next())
        case "checkStalled": return .array(try await manual.checkStalled().map { .string($0) })
        case "complete": try await held?.complete(request["value"])
        case "completeAndFetch": return try keep(try await held?.completeAndFetch(request["value"]))
        case "fail": try await held?.fail(Boom(description: request.text("message")))
        case "delay": try await held?.delay(until: .now + request.milliseconds("delay"))
        case "giveBack": try await held?.giveBack()
        case "waitForChildren": return try await .bool(held?.waitForChildren() ?? false)
        case "extendLock": try await held?.extendLock()
        default: return nil
        }
        return .bool(held != nil)
    }

    private func keep(_ held: HeldJob?) throws -> JSONValue {
        guard let held else { return .null }
        state.withLock { $0.held[held.job.id] = held }
        return ["job": try Self.describe(held.job), "token": .string(held.token)]
    }
}
