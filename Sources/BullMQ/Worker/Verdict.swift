import JSON
import Primitives
import RedisClient

/// What a try means for its job, ready to be reported in a turn.
enum Verdict: Sendable {
    case completed(value: RawJSON)
    case failed(reason: String, stack: RawJSON)
    /// Run again in some time; with `isFree` the try does not count.
    case delayed(milliseconds: Int64, failure: (reason: String, stack: RawJSON)?, isFree: Bool)
    case retry(reason: String, stack: RawJSON)
    /// Back to the front of the queue: the worker ends.
    case giveBack
}

extension Verdict {
    /// Decides what an error means: the rules of attempts and backoff, without any side effect.
    init(_ error: any Error, for job: Job, options: WorkerOptions, now: Timestamp = .now) {
        if let delay = error as? DelayJob {
            self = .delayed(milliseconds: max(0, (delay.until - now).milliseconds), failure: nil, isFree: true)
            return
        }
        let reason = String(describing: error)
        var entries = job.stackTrace + ["\(type(of: error)): \(reason)"]
        if let limit = job.options.stackTraceLimit { entries = Array(entries.suffix(max(0, limit))) }
        let stack = RawJSON(.array(entries.map { .string($0) }))
        let attempt = job.attemptsMade + 1
        guard attempt < job.options.attempts, !(error is UnrecoverableError) else {
            self = .failed(reason: reason, stack: stack)
            return
        }
        guard let backoff = job.options.backoff else {
            self = .retry(reason: reason, stack: stack)
            return
        }
        guard
            let milliseconds = backoff.milliseconds(afterAttempt: attempt).map({ Int64($0) })
                ?? options.backoffStrategy?(backoff.type, attempt, job, error)?.milliseconds
        else {
            self = .failed(reason: reason, stack: stack)
            return
        }
        if milliseconds > 0 {
            self = .delayed(milliseconds: milliseconds, failure: (reason, stack), isFree: false)
        } else {
            self = .retry(reason: reason, stack: stack)
        }
    }
}

/// A job's verdict on its way to the server.
struct Report: Sendable {
    let job: Job
    let token: String
    let verdict: Verdict

    /// The nine arguments of ``Scripts/turn``.
    func append(to arguments: inout [RedisArgument], options: WorkerOptions) {
        func add(_ kind: RedisArgument, _ rest: RedisArgument...) {
            arguments += [kind, RedisArgument(job.id), RedisArgument(token)]
            arguments += rest
        }
        switch verdict {
        case .completed(let value):
            let keep = Keep(job.options.removeOnComplete ?? options.removeOnComplete)
            add("completed", RedisArgument(value.bytes), "", RedisArgument(job.options.attempts), keep.count, keep.age, keep.limit)
        case .failed(let reason, let stack):
            let keep = Keep(job.options.removeOnFail ?? options.removeOnFail)
            add(
                "failed", RedisArgument(reason), RedisArgument(stack.bytes), RedisArgument(job.options.attempts), keep.count, keep.age,
                keep.limit)
        case .delayed(let milliseconds, let failure, let isFree):
            add(
                "delayed", RedisArgument(failure?.reason ?? ""), RedisArgument(failure?.stack.bytes ?? []), RedisArgument(milliseconds),
                isFree ? "1" : "0", "", "")
        case .retry(let reason, let stack):
            add("retry", RedisArgument(reason), RedisArgument(stack.bytes), job.options.lifo ? "RPUSH" : "LPUSH", "", "", "")
        case .giveBack:
            add("return", "", "", "", "", "", "")
        }
    }
}

/// A retention as three arguments, "" for none.
private struct Keep {
    var count: RedisArgument = ""
    var age: RedisArgument = ""
    var limit: RedisArgument = ""

    init(_ retention: JobRetention) {
        switch retention {
        case .all: break
        case .none: count = 0
        case .newest(let number): count = RedisArgument(max(0, number))
        case .within(let number, let age, let limit):
            if let number { count = RedisArgument(max(0, number)) }
            if let age { self.age = RedisArgument(age.components.seconds) }
            if let limit { self.limit = RedisArgument(max(1, limit)) }
        }
    }
}
