import JSON
import Primitives
import RedisClient

/// A job's verdict on its way to the server.
struct Report: Sendable {
    let assignment: Assignment
    let verdict: Verdict
    /// It was sent before, and may have arrived.
    var isRepeated = false

    init(_ assignment: Assignment, _ verdict: Verdict) {
        self.assignment = assignment
        self.verdict = verdict
    }

    var job: Job { assignment.job }
    var token: String { assignment.token }

    /// Of its texts, in bytes.
    var size: Int {
        switch verdict {
        case .completed(let value): value.bytes.count
        case .failed(let reason, let stack), .retry(let reason, let stack), .delayed(_, (let reason, let stack)?, _):
            reason.utf8.count + stack.bytes.count
        case .delayed(_, nil, _), .giveBack, .rateLimited, .waitForChildren: 0
        }
    }

    var isRateLimit: Bool {
        if case .rateLimited = verdict { true } else { false }
    }

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
        case .rateLimited(let milliseconds):
            add("limited", milliseconds.map { RedisArgument($0) } ?? "", "", "", "", "", "")
        case .waitForChildren(let elseStays):
            add("children", elseStays ? "1" : "", "", "", "", "", "")
        }
    }
}

extension Scripts {
    /// The arguments of ``turn``.
    static func turnArguments(
        _ reports: [Report], toFetch: Int, reserved: Int = 0, worker id: String, firstToken: Int, options: WorkerOptions
    ) -> [RedisArgument] {
        var arguments: [RedisArgument] = []
        arguments.reserveCapacity(11 + 9 * reports.count)
        arguments += [
            RedisArgument(Timestamp.now.milliseconds), RedisArgument(options.lockDuration.milliseconds), RedisArgument(id),
            RedisArgument(firstToken), RedisArgument(toFetch), RedisArgument(options.name ?? ""),
            options.limiter.map { RedisArgument($0.max) } ?? "",
            options.limiter.map { RedisArgument($0.duration.milliseconds) } ?? "",
            options.metricsDataPoints.map { RedisArgument($0) } ?? "", RedisArgument(reports.count),
            RedisArgument(reserved),
        ]
        for report in reports { report.append(to: &arguments, options: options) }
        return arguments
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
        case .newest(let number): count = Self.count(number)
        case .within(let number, let age, let limit):
            if let number { count = Self.count(number) }
            if let age { self.age = RedisArgument(age.components.seconds) }
            if let limit { self.limit = RedisArgument(limit < 0 ? Self.largestLimit : min(limit, Self.largestLimit)) }
        }
    }

    /// To the official clients a negative count means that all are kept.
    private static func count(_ number: Int) -> RedisArgument { number < 0 ? "" : RedisArgument(number) }

    /// A script with more would block the server for seconds.
    private static let largestLimit = 1_000_000
}
