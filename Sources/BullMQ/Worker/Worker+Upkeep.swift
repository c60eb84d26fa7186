import Logging
import Primitives
import RedisClient

// What a worker does beside running jobs.
extension Worker {
    /// Renews the locks of all jobs in hand, in one call, for as long as the worker runs.
    func renewLocks() async {
        let age = options.lockDuration / 4
        while (try? await Task.sleep(for: age)) != nil {
            let due = ledger.due(age: age * 0.9)
            if due.isEmpty { continue }
            let start = ContinuousClock.now
            do {
                let lost = Set(try await queue.extendLocks(due.map { ($0.job.id, $0.token) }, by: options.lockDuration))
                for assignment in due {
                    if !lost.contains(assignment.job.id) {
                        assignment.renewed(at: start)
                    } else if assignment.cancel(.lockLost) {
                        // One whose processor is done by now is not lost: its report says what became of it.
                        logger.warning("Could not renew lock for job", metadata: ["job": "\(assignment.job.id)", "queue": "\(queue.name)"])
                        events.emit(.lockLost(assignment.job))
                    }
                }
            } catch {
                logger.debug("Lock renewal failed", metadata: ["error": "\(error)", "queue": "\(queue.name)"])
            }
        }
    }

    /// Brings back jobs of vanished workers, for as long as the worker runs.
    ///
    /// All workers of a queue share one check an interval, by a key that expires after it. The next attempt follows that key's end: an
    /// attempt after a fixed pause of the same length would often find the key about to expire, and skip every other check.
    func checkStalled() async {
        var pause: Duration
        repeat {
            pause = options.stalledInterval
            do {
                let check = try await queue.checkStalled(options)
                pause = check.untilNext + .milliseconds(Int.random(in: 2...20))
                if !check.ids.isEmpty {
                    events.emit(.stalled(check.ids))
                    logger.info("Stalled jobs returned to the queue", metadata: ["count": "\(check.ids.count)", "queue": "\(queue.name)"])
                }
            } catch {
                logger.debug("Stalled check failed", metadata: ["error": "\(error)", "queue": "\(queue.name)"])
            }
        } while (try? await Task.sleep(for: pause)) != nil
    }

    /// Cancels jobs that run longer than they may, for as long as the worker runs.
    func enforceTimeout() async {
        guard let timeout = options.timeout else { return }
        var next = ContinuousClock.now + timeout
        while (try? await Task.sleep(until: next, clock: .continuous)) != nil {
            let now = ContinuousClock.now
            for late in ledger.cancel(.timeout(timeout), where: { $0.startedAt + timeout <= now }) {
                logger.notice("A job ran longer than it may", metadata: ["job": "\(late.job.id)", "queue": "\(queue.name)"])
            }
            // Whatever starts from here on has at least the whole time.
            next = min(now, ledger.firstStart ?? now) + timeout
        }
    }
}

extension Queue {
    /// Extends locks; answers the ids of those that are gone or another's.
    func extendLocks(_ held: [(id: String, token: String)], by duration: Duration) async throws(RedisError) -> [String] {
        let arguments = [RedisArgument(duration.milliseconds)] + held.flatMap { [RedisArgument($0.id), RedisArgument($0.token)] }
        return try await run(Scripts.extendLocks, arguments).array?.compactMap(\.string) ?? []
    }

    /// - Returns: The jobs put back, and how long no check can look again; at most ``WorkerOptions/stalledInterval``, at least a millisecond.
    func checkStalled(_ options: WorkerOptions) async throws(RedisError) -> (ids: [String], untilNext: Duration) {
        let arguments = [
            RedisArgument(options.maxStalledCount), RedisArgument(Timestamp.now.milliseconds),
            RedisArgument(options.stalledInterval.milliseconds),
        ]
        let reply = try await run(Scripts.checkStalled, arguments).array ?? []
        let milliseconds = reply.count > 1 ? reply[1].int ?? -1 : -1
        return (
            ids: reply.first?.array?.compactMap(\.string) ?? [],
            // Another client's key may live longer than this worker's interval, or without an end, which is below zero.
            untilNext: milliseconds < 0
                ? options.stalledInterval : min(max(.milliseconds(milliseconds), .milliseconds(1)), options.stalledInterval)
        )
    }
}
