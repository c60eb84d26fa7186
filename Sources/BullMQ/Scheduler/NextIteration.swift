import JSON
import Primitives
import RedisClient

extension Queue {
    /// Makes the next job of the scheduler that made `job`, which a worker is about to run.
    ///
    /// Called once for every try of such a job, before its processor. A scheduler that is gone, or whose next job exists, is no error.
    /// - Throws: ``BullMQError`` for a schedule that cannot be understood, or when no free slot is left; `RedisError`.
    func scheduleNext(after job: Job) async throws {
        guard let id = job.schedulerID, let option = job.options.other["repeat"]?.object, let schedule = JobSchedule(option) else { return }
        let now = Timestamp.now
        let count = option["count"]?.int ?? 1
        if let limit = schedule.limit, count >= limit { return }
        if let end = schedule.end, now > end { return }
        // Repeatable jobs of the generation before schedulers have keys like this, and follow other rules.
        if LegacyRepeatKey(id) != nil, try await send([RedisCommand("HEXISTS", RedisArgument(keys.key("repeat:\(id)")), "ic")])[0].int != 1
        {
            return
        }
        var repetition = option
        repetition["count"] = .number(count + 1)
        let options = ScheduledOptions(scheduler: id, options: job.options, repetition: repetition)
        let previous = job.options.other["prevMillis"]?.int.map { Timestamp(milliseconds: Int64($0)) } ?? now
        var base = max(now, previous)
        for _ in 0..<Self.slotsTried {
            let next: Int64?
            do {
                next = try schedule.next(after: base, now: now)
            } catch {
                // A later try of the job, or a scheduler that is gone: nothing is left to be made.
                guard try await isLatest(job, of: id) else { return }
                throw error
            }
            if next == nil, case .cron = schedule.repetition { return }
            let arguments =
                [
                    RedisArgument(id), RedisArgument(now.milliseconds), RedisArgument(job.id), next.map { RedisArgument($0) } ?? "",
                ] + options.arguments
            guard try await run(Scripts.advanceScheduler, arguments).int == -10, let next else { return }
            base = Timestamp(milliseconds: next)
        }
        throw BullMQError(.unexpectedReply, "Cannot create job scheduler iteration - current and next time slots already have jobs. \(id)")
    }

    /// Whether `job` is the one that its scheduler waits for to make the next.
    private func isLatest(_ job: Job, of scheduler: String) async throws -> Bool {
        let key = RedisArgument(keys.key("repeat"))
        guard let score = try await send([RedisCommand("ZSCORE", key, RedisArgument(scheduler))])[0].string.flatMap(Double.init) else {
            return false
        }
        return job.id == "repeat:\(scheduler):\(Int64(score))"
    }

    private static let slotsTried = 32
}
