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
    /// Nobody tells when a place among those that may run at once is free.
    private static let fullQueuePause: Duration = .milliseconds(250)

    private let worker: Worker
    private var reports: [Report] = []
    /// Processors that have not ended.
    private var running = 0
    private var nextToken = 1
    /// The last fetch found less than it asked for, so another one waits for a wake-up.
    private var isDrained = false
    /// When the next delayed job is due, in milliseconds; 0 if unknown.
    private var nextDelayed: Int64 = 0
    private var isFull = false
    private var isWaiting = false
    /// The queue's rate limit lets nothing start until then.
    private var limitedUntil: ContinuousClock.Instant?
    private var isPaused = false
    private var isStopping = false
    private var stopDeadline: ContinuousClock.Instant?
    private var isOverdue = false
    /// A turn failed without a reply: it may have fetched jobs that nobody knows of.
    private var mayHoldLostJobs = false
    private var failures = 0
    private var reportLimit = WorkerLoop.reportsPerTurn
    /// Tasks of jobs that have been given back.
    private var orphans: [Task<Void, Never>] = []

    init(_ worker: Worker) {
        self.worker = worker
    }

    mutating func run() async throws {
        let result: Result<Void, any Error>
        do { result = .success(try await work()) } catch { result = .failure(error) }
        // What still runs belongs to nobody any more, and ends before the worker does.
        let tasks = orphans + worker.ledger.all.compactMap(\.task)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        try result.get()
    }

    private mutating func work() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            let worker = worker
            group.addTask { await worker.renewLocks() }
            group.addTask { await worker.checkStalled() }
            group.addTask { await worker.enforceTimeout() }
            group.addTask { await worker.wakeCall.run() }
            defer { group.cancelAll() }
            while !isOverdue {
                let free = canFetch ? worker.concurrency - running : 0
                let toFetch = free > 0 && (!reports.isEmpty || !isDrained) ? min(free, Self.jobsPerTurn) : 0
                if reports.isEmpty, toFetch == 0 {
                    if isStopping, running == 0 { return }
                    if free > 0, !isWaiting { wait() }
                    absorb(await worker.mailbox.next(), &group)
                    if running > 0 {
                        // Jobs that end at about the same time share a turn.
                        await Task.yield()
                        absorb(worker.mailbox.take(), &group)
                    }
                } else {
                    try await turn(toFetch)
                    absorb(worker.mailbox.take(), &group)
                }
            }
            group.cancelAll()
            orphans = worker.ledger.all.compactMap(\.task)
            for task in orphans { task.cancel() }
            await giveBack()
        }
    }

    private var canFetch: Bool { !isStopping && !isPaused && limitedUntil == nil }

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
            case .concurrencyChanged: break
            case .paused(let isPaused):
                guard isPaused != self.isPaused else { continue }
                self.isPaused = isPaused
                isDrained = false
                worker.events.emit(isPaused ? .paused : .resumed)
            case .stop(let deadline): stop(deadline, &group)
            case .deadlinePassed: isOverdue = true
            }
        }
    }

    private mutating func stop(_ deadline: ContinuousClock.Instant?, _ group: inout ThrowingDiscardingTaskGroup<any Error>) {
        if !isStopping {
            isStopping = true
            worker.events.emit(.closing)
            worker.wakeCall.stop()
        }
        guard let deadline, stopDeadline.map({ deadline < $0 }) ?? true else { return }
        stopDeadline = deadline
        if deadline <= .now {
            isOverdue = true
        } else {
            let mailbox = worker.mailbox
            group.addTask {
                try? await Task.sleep(until: deadline, clock: .continuous)
                mailbox.post(.deadlinePassed)
            }
        }
    }

    private mutating func woken(_ score: Double?, _ group: inout ThrowingDiscardingTaskGroup<any Error>) {
        limitedUntil = nil
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
        if running >= worker.concurrency || isStopping || isPaused {
            // No room by now: pass the wake-up on to another worker.
            let queue = worker.queue
            group.addTask { _ = try? await queue.send([RedisCommand("ZADD", RedisArgument(queue.keys.marker), 0, "0")]) }
        }
    }

    private mutating func wait() {
        isWaiting = true
        var duration = isFull ? min(worker.options.drainDelay, Self.fullQueuePause) : worker.options.drainDelay
        if nextDelayed > 0 {
            duration = min(.milliseconds(max(1, nextDelayed - Timestamp.now.milliseconds)), Self.longestBlock)
        }
        worker.wakeCall.request(.marker(duration))
    }

    // MARK: Turns

    private mutating func turn(_ toFetch: Int) async throws {
        let batch = Array(reports.prefix(reportLimit))
        do throws(RedisError) {
            let isResent = mayHoldLostJobs
            if mayHoldLostJobs { try await reclaim() }
            let reply = try await send(batch, toFetch: toFetch)
            failures = 0
            reportLimit = Self.reportsPerTurn
            settle(batch, reply.codes, isResent: isResent)
            for (job, token) in reply.jobs { start(job, token) }
            if reply.isDrained { worker.events.emit(.drained) }
            if reply.rateLimit > 0 { limit(.milliseconds(reply.rateLimit), bySelf: batch.contains(where: \.isRateLimit)) }
            guard toFetch > 0 else { return }
            isDrained = reply.jobs.count < toFetch
            nextDelayed = reply.nextDelayed
            isFull = reply.isFull
        } catch {
            try await recover(from: error, batch)
        }
    }

    /// Starts nothing for some time, but looks now and then whether the limit was lifted: seldom when one of its own processors asked for
    /// it, since the server need not know of a limit then, and would let it start.
    private mutating func limit(_ duration: Duration, bySelf: Bool) {
        let pause = min(duration, bySelf ? Self.longestPause : min(worker.options.drainDelay, Self.longestPause))
        limitedUntil = .now + pause
        if !isWaiting {
            isWaiting = true
            worker.wakeCall.request(.pause(pause))
        }
    }

    private mutating func send(_ batch: [Report], toFetch: Int) async throws(RedisError) -> TurnReply {
        let arguments = Scripts.turnArguments(
            batch, toFetch: toFetch, worker: worker.id, firstToken: nextToken, options: worker.options)
        nextToken += toFetch
        return TurnReply(try await worker.queue.run(Scripts.turn, arguments))
    }

    /// Runs a job in a task of its own, which the ledger holds so that it can be canceled alone; ``run()`` waits for all of them.
    private mutating func start(_ job: Job, _ token: String) {
        worker.ledger.add(job, token: token)
        running += 1
        let worker = worker
        let task = Task { worker.mailbox.post(.finished(await worker.process(job, token: token))) }
        worker.ledger.attach(task, token: token)
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
                worker.tell(report)
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
            worker.events.emit(.error("\(error)"))
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
                worker.events.emit(.error("\(error)"))
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
