import JSON
import Logging
import Primitives

// One try of a job.
extension Worker {
    /// Runs the processor on one job, and says what that means for the job.
    func process(_ assignment: Assignment) async -> Report {
        let job = assignment.job
        if let postponed = await prepare(job) {
            assignment.ended()
            return Report(assignment, postponed)
        }
        let trace = job.options.telemetry?.trace?.child() ?? TraceContext()
        let context = JobContext(queue: queue, job: job, token: assignment.token, trace: trace, events: events)
        let start = ContinuousClock.now
        let latency = job.attemptsStarted == 1 ? max(.zero, Timestamp.now - (job.timestamp + job.options.delay)) : nil
        events.emit(.active(job))
        let verdict: Verdict
        do {
            try checkMayRun(job)
            let value = try await processor(job, context)
            // Whatever it answers: whoever waited has been told, or will be, that it took too long.
            if case .timeout(let limit) = assignment.cause { throw JobCanceled(cause: .timeout(limit)) }
            verdict = .completed(value: RawJSON(value ?? .null))
        } catch {
            verdict = Verdict(reason(for: error, assignment), for: job, options: options) { unknownBackoff(of: job, $0) }
        }
        assignment.ended()
        meter.ended(verdict, after: .now - start, latency: latency)
        return Report(assignment, verdict)
    }

    /// The scheduler that made the job is told before the job runs, so that a long job delays none after it.
    ///
    /// - Returns: What to do with the job instead of running it: to leave it to a worker that can read its scheduler's pattern. Run here, it
    ///   would be the scheduler's last job.
    private func prepare(_ job: Job) async -> Verdict? {
        guard job.schedulerID != nil else { return nil }
        do {
            try await queue.scheduleNext(after: job)
        } catch {
            logger.warning(
                "The next job of a scheduler could not be made",
                metadata: ["job": "\(job.id)", "queue": "\(queue.name)", "error": "\(error)"])
            guard let error = error as? BullMQError, error.code == .invalidOptions else { return nil }
            events.emit(.error("Job \(job.id) is left to another worker: \(error)"))
            return .delayed(milliseconds: Self.unreadableSchedulePause.milliseconds, failure: nil, isFree: true)
        }
        return nil
    }

    /// How long a job whose scheduler this worker cannot read is out of its reach.
    private static let unreadableSchedulePause = Duration.seconds(5)

    private func unknownBackoff(of job: Job, _ type: String) {
        events.emit(.error("Unknown backoff strategy \(type). Job \(job.id) is tried again after its lock's duration."))
        logger.error(
            "Unknown backoff strategy: set WorkerOptions.backoffStrategy",
            metadata: ["job": "\(job.id)", "queue": "\(queue.name)", "backoff": "\(type)"])
    }

    private func checkMayRun(_ job: Job) throws(UnrecoverableError) {
        // Decided while nobody ran it: by a failed child, or by too many vanished workers.
        if let reason = job.deferredFailure { throw UnrecoverableError(reason) }
        if let limit = options.maxStartedAttempts, job.attemptsStarted > limit {
            throw UnrecoverableError("job started more than allowable limit")
        }
    }

    /// A processor that was canceled mostly throws `CancellationError`: what counts is why. What it decided about its job stands.
    private func reason(for error: any Error, _ assignment: Assignment) -> any Error {
        switch error {
        case is UnrecoverableError, is DelayJob, is WaitForChildren, is RateLimitQueue, is ReturnJob, is JobCanceled: error
        default: assignment.cause.map { JobCanceled(cause: $0) } ?? error
        }
    }
}

extension Worker {
    /// Tells listeners what the server has accepted.
    func tell(_ report: Report) {
        switch report.verdict {
        case .completed(let value): events.emit(.completed(report.job, returnValue: value))
        case .failed(let reason, _): events.emit(.failed(report.job, reason: reason, isFinal: true))
        case .retry(let reason, _), .delayed(_, (let reason, _)?, _): events.emit(.failed(report.job, reason: reason, isFinal: false))
        case .delayed(_, nil, _), .giveBack, .rateLimited, .waitForChildren: break
        }
    }
}
