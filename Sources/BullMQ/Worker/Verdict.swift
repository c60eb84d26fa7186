import JSON
import Primitives

/// What a try means for its job, ready to be reported in a turn.
enum Verdict: Sendable {
    case completed(value: RawJSON)
    case failed(reason: String, stack: RawJSON)
    /// Run again in some time; with `isFree` the try does not count.
    case delayed(milliseconds: Int64, failure: (reason: String, stack: RawJSON)?, isFree: Bool)
    case retry(reason: String, stack: RawJSON)
    /// Back to the front of the queue: the worker ends, or the processor wants it so.
    case giveBack
    /// Back to the front of the queue, which starts nothing for some time; nil: for as long as it starts nothing anyway.
    case rateLimited(milliseconds: Int64?)
    /// When none is pending: back to the front, or with `elseStays` nothing happens, code 1.
    case waitForChildren(elseStays: Bool)
}

extension Verdict {
    /// Decides what an error means: the rules of attempts and backoff, without any side effect.
    ///
    /// - Parameter onUnknownBackoff: Called with a backoff's name that neither the library nor the worker's strategy knows. The job is tried
    ///   again after the lock's duration then: another worker may know it.
    init(
        _ error: any Error, for job: Job, options: WorkerOptions, now: Timestamp = .now,
        onUnknownBackoff: (String) -> Void = { _ in }
    ) {
        switch error {
        case let delay as DelayJob:
            self = .delayed(milliseconds: max(0, (delay.until - now).milliseconds), failure: nil, isFree: true)
            return
        case is WaitForChildren:
            self = .waitForChildren(elseStays: false)
            return
        case is ReturnJob:
            self = .giveBack
            return
        case let limit as RateLimitQueue:
            self = .rateLimited(milliseconds: limit.duration.map { max(1, $0.milliseconds) })
            return
        default: break
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
            // A strategy that knows no wait ends the job; without one, another worker may know the name.
            guard options.backoffStrategy == nil else {
                self = .failed(reason: reason, stack: stack)
                return
            }
            onUnknownBackoff(backoff.type)
            self = .delayed(milliseconds: options.lockDuration.milliseconds, failure: (reason, stack), isFree: false)
            return
        }
        if milliseconds > 0 {
            self = .delayed(milliseconds: milliseconds, failure: (reason, stack), isFree: false)
        } else {
            self = .retry(reason: reason, stack: stack)
        }
    }
}
