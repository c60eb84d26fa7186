import Logging
import Primitives
import RedisClient

/// The loop of a worker: whenever something has happened, it decides whether to take a turn with the server, which reports what has finished
/// and fetches as many jobs as there is room for.
///
/// An idle worker takes one at once. A busy one keeps two under way, each with about half of its jobs: while the server works on one, the
/// jobs of the other run. What ends meanwhile goes with the next, so that reports gather into batches by themselves.
struct WorkerLoop {
    /// Upper bounds of one turn, which keep the script short, and what it takes within what a server accepts.
    static let jobsPerTurn = 250
    private static let bytesPerTurn = 16 << 20
    /// Up to this many jobs at once, a turn may have them all.
    private static let smallTurn = 8
    /// The longest wait for a job that is due later, and the longest pause for a rate limit.
    private static let longestBlock: Duration = .seconds(10)
    private static let longestPause: Duration = .seconds(30)
    /// Nobody tells when a place among those that may run at once is free.
    private static let fullQueuePause: Duration = .milliseconds(250)

    let worker: Worker
    /// To be sent.
    var reports: [Report] = []
    /// Processors that have not ended.
    private var running = 0
    /// Turns under way, and the jobs they have asked for.
    private var flights = 0
    private var expected = 0
    private var lastFlight = 0
    /// The latest turn whose answer about the queue counts.
    private var newestAnswer = 0
    private var nextToken = 1
    /// The last fetch found less than it asked for, so another one waits for a wake-up.
    private var isDrained = false
    /// When the next delayed job is due, in milliseconds; 0 if unknown.
    private var nextDelayed: Int64 = 0
    private var isFull = false
    private var wakeUps = WakeUps()
    private var isWaiting = false
    private var wakes = 0
    /// The queue's rate limit lets nothing start until then.
    private var limitedUntil: ContinuousClock.Instant?
    private var isPaused = false
    /// It is to be told once no turn is under way that may bring a job.
    private var owesPaused = false
    private var isStopping = false
    private var stopDeadline: ContinuousClock.Instant?
    private var isOverdue = false
    var trouble = Trouble()
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
            while !isOverdue || flights > 0 {
                if let flight = nextFlight() {
                    group.addTask { await worker.take(flight) }
                    continue
                }
                if isStopping, running == 0, flights == 0 { return }
                if free > 0, flights == 0, !isWaiting { wait() }
                try absorb(await worker.mailbox.next(), &group)
                if running > 0 {
                    // Jobs that end at about the same time share a turn.
                    await Task.yield()
                    try absorb(worker.mailbox.take(), &group)
                }
            }
            group.cancelAll()
            orphans = worker.ledger.all.compactMap(\.task)
            for task in orphans { task.cancel() }
            await giveBack()
        }
    }

    /// How many more jobs may be asked for.
    private var free: Int {
        isStopping || isPaused || limitedUntil != nil ? 0 : worker.concurrency - running - expected
    }

    // MARK: What happens

    private mutating func absorb(_ events: [Mailbox.Event], _ group: inout ThrowingDiscardingTaskGroup<any Error>) throws {
        for event in events {
            switch event {
            case .finished(let report):
                running -= 1
                reports.append(report)
            case .landed(let flight): try land(flight, &group)
            case .woken(let score, let marker):
                isWaiting = false
                wakeUps.woken(by: marker)
                woken(score, &group)
            case .concurrencyChanged: break
            case .paused(let isPaused):
                guard isPaused != self.isPaused else { continue }
                self.isPaused = isPaused
                isDrained = false
                if isPaused {
                    owesPaused = true
                } else if owesPaused {
                    owesPaused = false
                } else {
                    worker.events.emit(.resumed)
                }
            case .stop(let deadline): stop(deadline, &group)
            case .deadlinePassed: isOverdue = true
            }
        }
        if owesPaused, expected == 0 {
            owesPaused = false
            worker.events.emit(.paused)
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
        wakes += 1
        limitedUntil = nil
        guard let score else {
            isDrained = false
            return
        }
        let (due, now) = (Int64(score), Timestamp.now.milliseconds)
        if due > now + 1 {
            // A delayed job: this worker took the marker, so it alone knows, and waits for it.
            nextDelayed = nextDelayed == 0 ? due : min(nextDelayed, due)
            if nextDelayed <= now + 1 { isDrained = false }
            return
        }
        isDrained = false
        if running + expected >= worker.concurrency || isStopping || isPaused {
            // No room by now: pass the wake-up on to another worker.
            passOn(&group)
        }
    }

    private func passOn(_ group: inout ThrowingDiscardingTaskGroup<any Error>) {
        let queue = worker.queue
        let marker = wakeUps.latest ?? queue.keys.marker
        group.addTask { _ = try? await queue.send([RedisCommand("ZADD", RedisArgument(marker), 0, "0")]) }
    }

    private mutating func wait() {
        isWaiting = true
        var duration = isFull ? min(worker.options.drainDelay, Self.fullQueuePause) : worker.options.drainDelay
        if nextDelayed > 0 {
            duration = min(.milliseconds(max(1, nextDelayed - Timestamp.now.milliseconds)), Self.longestBlock)
        }
        worker.wakeCall.request(.marker(wakeUps.markers(worker.queue.keys), duration))
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

    // MARK: Turns

    /// The turn to take now, if there is one.
    private mutating func nextFlight() -> Flight? {
        let concurrency = worker.concurrency
        let share = min(max((concurrency + 1) / 2, min(concurrency, Self.smallTurn)), Self.jobsPerTurn, trouble.reportLimit)
        switch flights {
        case _ where isOverdue: return nil
        case 0: break
        // A second one beside it, once it is worth it, or nothing more can come meanwhile.
        case 1 where !trouble.wantsOneAtATime && !reports.isEmpty && (running == 0 || reports.count >= share): break
        default: return nil
        }
        let toFetch = !reports.isEmpty || !isDrained ? max(0, min(free, share)) : 0
        if reports.isEmpty, toFetch == 0 { return nil }
        let batch = takeReports(share)
        for report in batch { report.assignment.reported() }
        lastFlight += 1
        flights += 1
        expected += toFetch
        defer { nextToken += toFetch }
        // The slots that are free for all, counted as if all of this turn's were taken last.
        let common = concurrency - worker.reserve - (running + expected - toFetch)
        return Flight(
            number: lastFlight, reports: batch, toFetch: toFetch, reserved: max(0, toFetch - max(0, common)), firstToken: nextToken,
            wakes: wakes, pause: trouble.pause,
            reclaims: trouble.mayHoldLostJobs)
    }

    /// The next to be sent, `limit` at most, and at least one if there is any.
    mutating func takeReports(_ limit: Int) -> [Report] {
        var (count, size) = (0, 0)
        while count < min(limit, reports.count), size < Self.bytesPerTurn {
            size += reports[count].size
            count += 1
        }
        defer { reports.removeFirst(count) }
        return Array(reports[..<count])
    }

    private mutating func land(_ flight: Flight, _ group: inout ThrowingDiscardingTaskGroup<any Error>) throws {
        flights -= 1
        expected -= flight.toFetch
        if flight.hasReclaimed { trouble.mayHoldLostJobs = false }
        switch flight.outcome {
        case .success(let reply)?:
            trouble.isOver()
            settle(flight.reports, reply.codes)
            for assignment in reply.jobs { start(assignment) }
            if reply.isDrained { worker.events.emit(.drained) }
            if reply.rateLimit > 0 { limit(.milliseconds(reply.rateLimit), bySelf: flight.reports.contains(where: \.isRateLimit)) }
            guard flight.toFetch > 0, flight.number > newestAnswer else { return }
            newestAnswer = flight.number
            // What woke the worker meanwhile may be news to this answer, and is told only once.
            let isNews = flight.wakes == wakes
            isDrained = isNews && reply.jobs.count < flight.toFetch
            nextDelayed = isNews || nextDelayed == 0 || reply.nextDelayed == 0 ? reply.nextDelayed : min(nextDelayed, reply.nextDelayed)
            isFull = reply.isFull
            if wakeUps.note(reply, reported: !flight.reports.isEmpty, worker.queue.keys) { passOn(&group) }
        case .failure(let error)?: try recover(from: error, flight)
        case nil: break
        }
    }

    /// Runs a job in a task of its own, which can be canceled alone; ``run()`` waits for all of them.
    private mutating func start(_ assignment: Assignment) {
        worker.ledger.add(assignment)
        // Too late: it is given back with the others.
        if isOverdue { return }
        running += 1
        let worker = worker
        assignment.attach(Task { worker.mailbox.post(.finished(await worker.process(assignment))) })
    }

    /// Takes reported jobs off the books.
    mutating func settle(_ batch: [Report], _ codes: [Int]) {
        for (report, code) in zip(batch, codes) {
            switch code {
            case -4:
                // Children it added are not done: a failed try like any other.
                refuse(report, JobNotFinished(report.job))
            case -9:
                let text = "Cannot complete job \(report.job.id) because it has at least one failed child. moveToFinished"
                refuse(report, UnrecoverableError(text))
            case 0:
                worker.ledger.remove(report.assignment)
                worker.tell(report)
            default:
                // Its lock ran out, or an earlier report arrived although its reply did not.
                worker.ledger.remove(report.assignment)
                worker.logger.log(
                    level: report.isRepeated ? .debug : .warning, "Job could not be finished: it is no longer this worker's",
                    metadata: ["job": "\(report.job.id)", "queue": "\(worker.queue.name)", "code": "\(code)"])
            }
        }
    }
}
