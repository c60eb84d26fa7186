import Logging
import Primitives
import RedisClient

/// The loop of a worker: waits for something to happen, then takes one turn with the server that reports everything that has finished
/// and fetches as many jobs as there is room for. What finishes during a turn goes with the next one, so a busy worker reports in batches
/// by itself and an idle one without delay.
struct WorkerLoop {
    /// Upper bounds of one turn, which keep the script short.
    private static let reportsPerTurn = 250
    private static let jobsPerTurn = 250
    /// The longest wait for a job that is due later, and the longest pause for a rate limit.
    private static let longestBlock: Duration = .seconds(10)
    private static let longestPause: Duration = .seconds(30)

    private let worker: Worker
    private var reports: [Report] = []
    /// Processors that have not ended.
    private var running = 0
    private var nextToken = 1
    /// The last fetch found less than it asked for, so another one waits for a wake-up.
    private var isDrained = false
    /// When the next delayed job is due, in milliseconds; 0 if unknown.
    private var nextDelayed: Int64 = 0
    private var isWaiting = false
    private var stopDeadline: ContinuousClock.Instant?
    private var isOverdue = false
    /// A turn failed without a reply: it may have fetched jobs that nobody knows of.
    private var mayHoldLostJobs = false
    private var failures = 0
    private var reportLimit = WorkerLoop.reportsPerTurn

    init(_ worker: Worker) {
        self.worker = worker
    }

    mutating func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            let worker = worker
            group.addTask { await worker.renewLocks() }
            group.addTask { await worker.checkStalled() }
            group.addTask { await worker.wakeCall.run() }
            defer { group.cancelAll() }
            while !isOverdue {
                let free = stopDeadline == nil ? worker.options.concurrency - running : 0
                let toFetch = free > 0 && (!reports.isEmpty || !isDrained) ? min(free, Self.jobsPerTurn) : 0
                if reports.isEmpty, toFetch == 0 {
                    if stopDeadline != nil, running == 0 { return }
                    if free > 0, !isWaiting { wait() }
                    absorb(await worker.mailbox.next(), &group)
                } else {
                    try await turn(toFetch, &group)
                    absorb(worker.mailbox.take(), &group)
                }
            }
            group.cancelAll()
            await giveBack()
        }
    }

    // MARK: What happens

    private mutating func absorb(_ events: [Mailbox.Event], _ group: inout ThrowingDiscardingTaskGroup<any Error>) {
        for event in events {
            switch event {
            case .finished(let report):
                running -= 1
                reports.append(report)
            case .woken(let score):
                isWaiting = false
                woken(score, &group)
            case .stop(let deadline):
                guard deadline < stopDeadline ?? .now + .seconds(1_000_000_000) else { continue }
                stopDeadline = deadline
                worker.wakeCall.stop()
                if deadline <= .now {
                    isOverdue = true
                } else {
                    let mailbox = worker.mailbox
                    group.addTask {
                        try? await Task.sleep(until: deadline, clock: .continuous)
                        mailbox.post(.deadlinePassed)
                    }
                }
            case .deadlinePassed:
                isOverdue = true
            }
        }
    }

    private mutating func woken(_ score: Double?, _ group: inout ThrowingDiscardingTaskGroup<any Error>) {
        guard let score else {
            isDrained = false
            return
        }
        let due = Int64(score)
        if due > Timestamp.now.milliseconds + 1 {
            // A delayed job: this worker took the marker, so it alone knows, and waits for it.
            nextDelayed = nextDelayed == 0 ? due : min(nextDelayed, due)
            isDrained = nextDelayed > Timestamp.now.milliseconds + 1
            return
        }
        isDrained = false
        if running >= worker.options.concurrency || stopDeadline != nil {
            // No room by now: pass the wake-up on to another worker.
            let queue = worker.queue
            group.addTask { _ = try? await queue.send([RedisCommand("ZADD", RedisArgument(queue.keys.marker), 0, "0")]) }
        }
    }

    private mutating func wait() {
        isWaiting = true
        var duration = worker.options.drainDelay
        if nextDelayed > 0 {
            duration = min(.milliseconds(max(1, nextDelayed - Timestamp.now.milliseconds)), Self.longestBlock)
        }
        worker.wakeCall.request(.marker(duration))
    }

    // MARK: Turns

    private mutating func turn(_ toFetch: Int, _ group: inout ThrowingDiscardingTaskGroup<any Error>) async throws {
        let batch = Array(reports.prefix(reportLimit))
        do throws(RedisError) {
            let isResent = mayHoldLostJobs
            if mayHoldLostJobs { try await reclaim() }
            let reply = try await send(batch, toFetch: toFetch)
            failures = 0
            reportLimit = Self.reportsPerTurn
            settle(batch, reply.codes, isResent: isResent)
            for (job, token) in reply.jobs { start(job, token, &group) }
            guard toFetch > 0 else { return }
            isDrained = reply.jobs.count < toFetch
            nextDelayed = reply.nextDelayed
            if reply.rateLimit > 0, !isWaiting {
                isWaiting = true
                worker.wakeCall.request(.pause(min(.milliseconds(reply.rateLimit), Self.longestPause)))
            }
        } catch {
            try await recover(from: error, batch)
        }
    }

    private mutating func send(_ batch: [Report], toFetch: Int) async throws(RedisError) -> TurnReply {
        let options = worker.options
        var arguments: [RedisArgument] = [
            RedisArgument(Timestamp.now.milliseconds), RedisArgument(options.lockDuration.milliseconds), RedisArgument(worker.id),
            RedisArgument(nextToken), RedisArgument(toFetch), RedisArgument(options.name ?? ""), RedisArgument(batch.count),
        ]
        arguments.reserveCapacity(7 + 9 * batch.count)
        for report in batch { report.append(to: &arguments, options: options) }
        nextToken += toFetch
        return TurnReply(try await worker.queue.run(Scripts.turn, arguments))
    }

    private mutating func start(_ job: Job, _ token: String, _ group: inout ThrowingDiscardingTaskGroup<any Error>) {
        worker.ledger.add(job, token: token)
        running += 1
        let worker = worker
        group.addTask { worker.mailbox.post(.finished(await worker.process(job, token: token))) }
    }

    /// Takes reported jobs off the books.
    private mutating func settle(_ batch: [Report], _ codes: [Int], isResent: Bool) {
        reports.removeFirst(batch.count)
        for (report, code) in zip(batch, codes) {
            switch code {
            case -4:
                // Children it added are not done: a failed try like any other.
                refuse(report, JobNotFinished(description: "Job \(report.job.id) has pending dependencies. moveToFinished"))
            case -9:
                let text = "Cannot complete job \(report.job.id) because it has at least one failed child. moveToFinished"
                refuse(report, UnrecoverableError(text))
            case 0:
                worker.ledger.remove(token: report.token)
            default:
                // Its lock ran out, or an earlier report arrived although its reply did not.
                worker.ledger.remove(token: report.token)
                worker.logger.log(
                    level: isResent ? .debug : .warning, "Job could not be finished: it is no longer this worker's",
                    metadata: ["job": "\(report.job.id)", "queue": "\(worker.queue.name)", "code": "\(code)"])
            }
        }
    }

    private mutating func refuse(_ report: Report, _ error: any Error) {
        let verdict = Verdict(error, for: report.job, options: worker.options)
        reports.append(Report(job: report.job, token: report.token, verdict: verdict))
    }

    // MARK: Trouble

    private mutating func recover(from error: RedisError, _ batch: [Report]) async throws {
        switch error.code {
        case .closed, .invalidConfiguration, .authenticationFailed, .cancelled: throw error
        case .server where !error.isConnectionTrouble && !Self.passing.contains(error.server?.prefix ?? ""):
            worker.logger.error("The server refused a worker's turn", metadata: ["queue": "\(worker.queue.name)", "error": "\(error)"])
            if reportLimit > 1, !batch.isEmpty {
                reportLimit = 1  // find the one report that is to blame
            } else if let culprit = batch.first {
                // Given up: its lock runs out, and the job comes back as a stalled one.
                reports.removeFirst()
                worker.ledger.remove(token: culprit.token)
                reportLimit = Self.reportsPerTurn
            }
        case .connectionFailed, .connectionLost, .timedOut, .server, .protocolError, .unexpectedReply:
            if !error.isRetrySafe { mayHoldLostJobs = true }
            if failures == 0 {
                worker.logger.warning("Worker cannot reach Redis", metadata: ["queue": "\(worker.queue.name)", "error": "\(error)"])
            }
        }
        failures += 1
        try? await Task.sleep(for: .milliseconds(Int.random(in: 50...100) * min(failures, 10)))
    }

    /// Answers that mean "not now".
    private static let passing: Set<String> = ["OOM", "MISCONF", "READONLY", "NOREPLICAS", "CLUSTERDOWN"]

    /// A turn whose reply was lost may have locked jobs for this worker: back to the queue with them, now rather than when they stall.
    private mutating func reclaim() async throws(RedisError) {
        let held = worker.ledger.all.map { RedisArgument($0.token) }
        _ = try await worker.queue.run(Scripts.reclaim, [RedisArgument(worker.id)] + held)
        mayHoldLostJobs = false
    }

    /// The end: reports what is done, and gives back what is not.
    private mutating func giveBack() async {
        let done = Set(reports.map(\.token))
        let rest = worker.ledger.all.filter { !done.contains($0.token) }
        reports += rest.map { Report(job: $0.job, token: $0.token, verdict: .giveBack) }
        let deadline = ContinuousClock.now + .seconds(2)
        while !reports.isEmpty, ContinuousClock.now < deadline {
            let batch = Array(reports.prefix(reportLimit))
            do throws(RedisError) {
                let isResent = mayHoldLostJobs
                if mayHoldLostJobs { try await reclaim() }
                settle(batch, try await send(batch, toFetch: 0).codes, isResent: isResent)
            } catch {
                if error.code == .closed { break }
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        if !rest.isEmpty {
            worker.logger.notice(
                "Worker ended with jobs in hand", metadata: ["queue": "\(worker.queue.name)", "returned": "\(rest.count - reports.count)"])
        }
    }
}

/// Why a job that ran well did not complete.
private struct JobNotFinished: Error, CustomStringConvertible {
    let description: String
}

/// The reply of ``Scripts/turn``.
struct TurnReply {
    let codes: [Int]
    let jobs: [(Job, token: String)]
    /// Milliseconds; 0: none.
    let rateLimit: Int64
    /// Milliseconds since 1970; 0: none.
    let nextDelayed: Int64

    init(_ reply: RedisValue) {
        let parts = reply.array ?? []
        codes = parts.first?.array?.map { $0.int ?? 0 } ?? []
        let now = Array(String(Timestamp.now.milliseconds).utf8)
        jobs = (parts.count > 1 ? parts[1].array ?? [] : []).compactMap { item in
            guard let item = item.array, item.count == 3, let id = item[0].string, let token = item[1].string else { return nil }
            var fields = JobFields(item[2])
            // The hash was read before this try was entered into it.
            fields["ats"] = Array(String((fields.int("ats") ?? 0) + 1).utf8)
            fields["processedOn"] = now
            return Job(id: id, fields: fields).map { ($0, token) }
        }
        rateLimit = parts.count > 2 ? Int64(parts[2].int ?? 0) : 0
        nextDelayed = parts.count > 3 ? Int64(parts[3].int ?? 0) : 0
    }
}
