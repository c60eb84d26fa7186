import BullMQ
import JSON
import Primitives

extension Driver {
    func inspect(_ request: Request, _ queue: Queue) async throws -> JSONValue? {
        let id = request.text("job")
        switch request.op {
        case "job": return try await queue.job(id).map { try Self.describe($0) } ?? .null
        case "state": return .string(orNull: try await queue.state(of: id)?.rawValue)
        case "outcome":
            switch try await queue.outcome(of: id) {
            case .completed(let value): return ["completed": try JSONValue(parsing: value.bytes)]
            case .failed(let reason): return ["failed": .string(reason)]
            case nil: return .null
            }
        case "counts":
            var object = JSONObject()
            for (state, count) in try await queue.counts() { object[state.rawValue] = .number(count) }
            return .object(object)
        case "countsPerPriority":
            let priorities = request["priorities"]?.array?.compactMap(\.int) ?? []
            let counts = try await queue.countsPerPriority(priorities)
            return .array(priorities.map { .number(counts[$0] ?? 0) })
        case "jobs":
            let states = (request["states"]?.array ?? []).compactMap { $0.string.flatMap { JobState(rawValue: $0) } }
            let jobs = try await queue.jobs(
                in: states, from: request.int("from") ?? 0, to: request.int("to") ?? -1, newestFirst: request["newestFirst"]?.bool)
            return .array(jobs.map { .string($0.id) })
        case "logs":
            let logs = try await queue.logs(
                of: id, from: request.int("from") ?? 0, to: request.int("to") ?? -1, newestFirst: request.flag("newestFirst"))
            return ["rows": .array(logs.rows.map { .string($0) }), "count": .number(logs.count)]
        case "childrenValues":
            var object = JSONObject()
            for (key, value) in try await queue.childrenValues(of: id) { object[key] = try JSONValue(parsing: value.bytes) }
            return .object(object)
        case "ignoredFailures":
            var object = JSONObject()
            for (key, reason) in try await queue.ignoredFailures(of: id) { object[key] = .string(reason) }
            return .object(object)
        case "childCounts":
            let counts = try await queue.childCounts(of: id)
            return [
                "processed": .number(counts.processed), "pending": .number(counts.pending), "ignored": .number(counts.ignored),
                "failed": .number(counts.failed),
            ]
        case "deduplicationOwner": return .string(orNull: try await queue.deduplicationOwner(request.text("key")))
        case "metrics":
            let metrics = try await queue.metrics(request.state("state"))
            return ["count": .number(metrics.count), "data": .array(metrics.data.map { .number($0) }), "points": .number(metrics.points)]
        case "workers": return .array(try await queue.workers().map { .string(orNull: $0.name) })
        case "prometheus": return .string(try await queue.prometheus())
        default: return nil
        }
    }

    func change(_ request: Request, _ queue: Queue) async throws -> JSONValue? {
        let id = request.text("job")
        switch request.op {
        case "updateData": try await queue.updateData(of: id, to: RawJSON(request["data"] ?? .null))
        case "updateProgress": try await queue.updateProgress(of: id, to: request["progress"] ?? .null)
        case "addLog": return .number(try await queue.addLog(request.text("row"), to: id, keep: request.int("keep")))
        case "clearLogs": try await queue.clearLogs(of: id, keep: request.int("keep") ?? 0)
        case "promote": try await queue.promote(id)
        case "changeDelay": try await queue.changeDelay(of: id, to: request.milliseconds("delay"))
        case "changePriority":
            try await queue.changePriority(of: id, to: request.int("priority") ?? 0, lifo: request.flag("lifo"))
        case "retry":
            try await queue.retry(
                id, from: request.state("state"), resetAttempts: request.flag("resetAttempts"), resetStarts: request.flag("resetStarts"))
        case "remove": try await queue.remove(id, withChildren: request["withChildren"]?.bool ?? true)
        case "removeUnprocessedChildren": return .number(try await queue.removeUnprocessedChildren(of: id))
        case "removeChildDependency": return .bool(try await queue.removeChildDependency(of: id))
        case "freeDeduplication":
            return .bool(try await queue.freeDeduplication(request.text("key"), ownedBy: request["job"]?.string))
        default: return nil
        }
        return true
    }

    func control(_ request: Request, _ queue: Queue) async throws -> JSONValue? {
        switch request.op {
        case "pause": try await queue.pause()
        case "resume": try await queue.resume()
        case "isPaused": return .bool(try await queue.isPaused())
        case "drain": try await queue.drain(includingDelayed: request.flag("delayed"))
        case "clean":
            let ids = try await queue.clean(
                request.state("state"), olderThan: request.milliseconds("grace"), limit: request.int("limit") ?? 0)
            return .array(ids.map { .string($0) })
        case "obliterate": try await queue.obliterate(force: request.flag("force"))
        case "retryAll": try await queue.retryAll(request.state("state"))
        case "promoteAll": try await queue.promoteAll()
        case "rateLimit": try await queue.rateLimit(for: request.milliseconds("duration"))
        case "removeRateLimit": try await queue.removeRateLimit()
        case "rateLimitRemaining":
            return try await queue.rateLimitRemaining(max: request.int("max")).map { .number($0.milliseconds) } ?? .null
        case "setGlobalConcurrency": try await queue.setGlobalConcurrency(request.int("count"))
        case "setGlobalRateLimit":
            try await queue.setGlobalRateLimit(request.int("max").map { RateLimit(max: $0, per: request.milliseconds("duration")) })
        case "isMaxed": return .bool(try await queue.isMaxed())
        default: return nil
        }
        return true
    }
}
